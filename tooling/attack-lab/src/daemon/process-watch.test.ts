import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

import { parseMemory } from './process-watch.js';

describe('parseMemory', () => {
  it('reads the memory of this very process', async () => {
    const { peak, resident } = parseMemory(await readFile('/proc/self/status', 'utf8'));
    expect(resident).toBeGreaterThan(10e6);
    expect(peak).toBeGreaterThanOrEqual(resident);
  });

  it('finds none in a process that has ended', () => {
    expect(parseMemory('Name:\tnode\nState:\tZ (zombie)\n')).toEqual({ peak: 0, resident: 0 });
  });
});
