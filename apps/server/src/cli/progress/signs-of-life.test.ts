import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { withProgress } from './progress.js';
import { withSignsOfLife } from './signs-of-life.js';

describe('work that takes a long time', () => {
  const lines: string[] = [];
  const terminal = {
    screen: undefined,
    print: () => undefined,
    printError: (line: string) => lines.push(line),
  };

  beforeEach(() => {
    vi.useFakeTimers();
    lines.length = 0;
    return () => vi.useRealTimers();
  });

  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
  });

  it('reports its progress every ten seconds until it ends', async () => {
    let checked = 0;
    const work = withSignsOfLife(
      terminal,
      () => `checking the files, ${checked} of 9`,
      async () => {
        await vi.advanceTimersByTimeAsync(10_000);
        checked = 4;
        await vi.advanceTimersByTimeAsync(19_999);
        return 'done';
      },
    );
    expect(await work).toBe('done');
    expect(lines).toEqual([
      'pxeboot: checking the files, 0 of 9',
      'pxeboot: checking the files, 4 of 9',
    ]);
  });

  it('reports nothing more after a failure', async () => {
    const work = withSignsOfLife(
      terminal,
      () => 'working',
      () => Promise.reject(new Error('stopped')),
    );
    await expect(work).rejects.toThrow('stopped');
  });

  it('reports how much of the images has arrived, without a terminal', async () => {
    await withProgress(terminal, async (onEvent) => {
      await vi.advanceTimersByTimeAsync(10_000);
      onEvent({
        type: 'buildResolved',
        suite: 'trixie',
        arch: 'amd64',
        build: '20250803',
        proof: 'dated',
        filesMissing: 1,
      });
      onEvent({ type: 'fileStarted', file: 'trixie/amd64/text/linux', size: 2_000_000 });
      onEvent({
        type: 'fileProgressed',
        file: 'trixie/amd64/text/linux',
        bytes: 500_000,
        size: 2_000_000,
      });
      await vi.advanceTimersByTimeAsync(10_000);
    });
    expect(lines).toEqual(['pxeboot: preparing the images', 'pxeboot: images: 500 kB of 2 MB']);
  });
});
