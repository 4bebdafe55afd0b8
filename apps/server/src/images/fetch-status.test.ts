import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type ImageSelection, NetbootError, type SyncEvent } from '@pxe/debian-netboot';

import { createImageEvents } from '../log/image-events.js';
import { createImageFetch, type ImageFetch } from './fetch-status.js';

const IMAGES: readonly ImageSelection[] = [
  { suite: 'trixie', arch: 'amd64', variants: ['text', 'gtk'] },
];
const INITRD = 'trixie 20250803 netboot/debian-installer/amd64/initrd.gz';

interface Line {
  readonly event: string;
  readonly msg: string;
  readonly level: number;
}

describe('createImageFetch', () => {
  let lines: Line[];
  let fetch: ImageFetch;

  beforeEach(() => {
    vi.useFakeTimers();
    lines = [];
    const logger = pino(
      { base: null },
      { write: (line: string) => void lines.push(JSON.parse(line) as Line) },
    );
    fetch = createImageFetch({ images: () => IMAGES, events: createImageEvents(logger) });
  });

  afterEach(() => {
    fetch.close();
    vi.useRealTimers();
  });

  function receive(bytes: number): void {
    const event: SyncEvent = { type: 'fileProgressed', file: INITRD, bytes, size: 40_000_000 };
    fetch.events.syncProgress(event);
  }

  it('reports the progress of the fetch, and logs it every ten seconds', () => {
    expect(fetch.describe()).toBe('there are no images yet');
    fetch.events.syncStarted();
    receive(0);
    vi.advanceTimersByTime(9_000);
    receive(20_000_000);
    vi.advanceTimersByTime(1_000);
    expect(fetch.describe()).toBe('the images are still being fetched, 15%');
    expect(lines).toMatchObject([
      {
        event: 'images.fetching',
        percent: 15,
        bytes: 20_000_000,
        msg: 'fetching the images: 15%, 20.0 of about 131.0 MB, 4.0 MB/s, 28 s left',
      },
    ]);
    vi.advanceTimersByTime(20_000);
    expect(lines).toHaveLength(3);
  });

  it('names the step of the source while no image is being fetched', () => {
    fetch.events.syncStarted();
    const activity = 'apt: package lists';
    fetch.events.syncProgress({ type: 'sourceProgressed', activity, fraction: 0, size: undefined });
    vi.advanceTimersByTime(10_000);
    const message = 'fetching the images: 0%, apt: package lists, 10 s without progress';
    expect(lines.map(({ msg }) => msg)).toEqual([message]);
  });

  it('counts the time without progress, even across messages that it is waiting for a mirror', () => {
    fetch.events.syncStarted();
    vi.advanceTimersByTime(3_000);
    const activity = 'mirror: waiting for m';
    const waiting = { type: 'sourceProgressed', activity, size: undefined } as const;
    fetch.events.syncProgress({ ...waiting, fraction: undefined });
    vi.advanceTimersByTime(3_000);
    expect(fetch.status).toMatchObject({ overall: { activity, quietMs: 6_000 } });
    receive(0);
    expect(fetch.status).toMatchObject({ overall: { quietMs: 0 } });
  });

  it('reports when the next attempt starts, and logs no progress after a failed fetch', () => {
    fetch.events.syncStarted();
    fetch.events.syncFailed(new NetbootError('ERR_NETBOOT_UNREACHABLE', 'no route'), 60_000);
    vi.advanceTimersByTime(15_000);
    expect(fetch.describe()).toBe(
      'the images could not be fetched; the next attempt starts in 45 s',
    );
    expect(lines.map(({ event }) => event)).toEqual(['images.sync-failed']);
    expect(fetch.status).toMatchObject({ state: 'failed', reason: 'no route' });
  });

  it('names another process that fetches into the same store', () => {
    fetch.events.syncStarted();
    fetch.events.syncElsewhere(new NetbootError('ERR_NETBOOT_STORE_BUSY', 'busy'), 60_000);
    expect(fetch.describe()).toBe('the images are still being fetched, by another process');
  });

  it('logs one line for all images that failed for the same reason, with the next attempt', () => {
    fetch.events.syncStarted();
    const error = new NetbootError('ERR_NETBOOT_FILE_NOT_FOUND', 'http://m/InRelease: status 404', {
      hint: 'check the URL',
    });
    for (const variant of ['text', 'gtk'] as const) {
      const target = { suite: 'bullseye', arch: 'amd64', variant } as const;
      fetch.events.syncProgress({ type: 'targetMissing', target, error });
    }
    fetch.events.syncFinished('partial', 61_000);
    expect(lines).toMatchObject([
      {
        level: 40,
        event: 'images.targetMissing',
        msg: 'bullseye amd64 text, bullseye amd64 gtk are missing: http://m/InRelease: status 404; check the URL; trying again in 61 s',
      },
    ]);
    expect(fetch.describe()).toBe('there are no images yet');
  });
});
