import { readFile } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';

import { parseMemory, parseProcessorSeconds } from './process-watch.js';

describe('parseMemory', () => {
  it('reads the memory of this process', async () => {
    const { peak, resident } = parseMemory(await readFile('/proc/self/status', 'utf8'));
    expect(resident).toBeGreaterThan(10e6);
    expect(peak).toBeGreaterThanOrEqual(resident);
  });

  it('finds none in a process that has ended', () => {
    expect(parseMemory('Name:\tnode\nState:\tZ (zombie)\n')).toEqual({ peak: 0, resident: 0 });
  });
});

describe('parseProcessorSeconds', () => {
  it('includes kernel time, and handles a name with spaces and parentheses', () => {
    const stat =
      '4711 (a (b) c) S 1 4711 4711 0 -1 4194304 100 0 0 0 250 150 9 9 20 0 11 0 12345 0';
    expect(parseProcessorSeconds(stat)).toBe(4);
  });
});
