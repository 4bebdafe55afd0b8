import { describe, expect, it } from 'vitest';

import {
  createLineLimiter,
  type LineLimiter,
  MAX_SOURCES_COUNTED,
  type SourceProof,
  type SuppressedLines,
} from './line-limiter.js';

function limiterAt(time: { now: number }): {
  limiter: LineLimiter;
  summaries: SuppressedLines[];
} {
  const summaries: SuppressedLines[] = [];
  const limiter = createLineLimiter({
    onSuppressed: (suppressed) => summaries.push(suppressed),
    now: () => time.now,
  });
  return { limiter, summaries };
}

/** Returns the number of admitted lines. */
function admitted(
  limiter: LineLimiter,
  count: number,
  source: (index: number) => string,
  proof: SourceProof = 'none',
): number {
  return Array.from({ length: count }, (_, index) =>
    limiter.admits('tftp.refused', source(index), proof),
  ).filter(Boolean).length;
}

/** Returns a distinct address for each index. */
const spoofed = (index: number): string => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;

describe('the limiter of log lines', () => {
  it('admits ten lines from one unproven source, then one every ten seconds', () => {
    const time = { now: 0 };
    const { limiter } = limiterAt(time);
    expect(admitted(limiter, 1000, () => '10.0.0.1')).toBe(10);
    time.now = 10_000;
    expect(admitted(limiter, 1000, () => '10.0.0.1')).toBe(1);
  });

  it('admits forty lines from all unproven sources, then two a second', () => {
    const time = { now: 0 };
    const { limiter } = limiterAt(time);
    expect(admitted(limiter, 100_000, spoofed)).toBe(40);
    time.now = 10_000;
    expect(admitted(limiter, 100_000, spoofed)).toBe(20);
  });

  it('keeps the lines of a booted machine during a flood of forged sources', () => {
    const { limiter } = limiterAt({ now: 0 });
    limiter.proved('192.0.2.7');
    admitted(limiter, 100_000, spoofed);
    expect(limiter.admits('tftp.refused', '192.0.2.7', 'none')).toBe(true);
    expect(limiter.admits('tftp.refused', '192.0.2.8', 'address')).toBe(true);
    expect(limiter.admits('tftp.refused', '192.0.2.8', 'none')).toBe(false);
  });

  it('limits sources with a proven address', () => {
    const { limiter } = limiterAt({ now: 0 });
    expect(admitted(limiter, 5000, () => '10.0.0.1', 'address')).toBe(200);
    expect(admitted(limiter, 5000, spoofed, 'address')).toBe(800);
  });

  it('counts an IPv6 /64 as one source', () => {
    const { limiter } = limiterAt({ now: 0 });
    expect(admitted(limiter, 30, (index) => `2001:db8::${index.toString(16)}`)).toBe(10);
    expect(limiter.admits('tftp.refused', '2001:db8:0:0:1::1', 'none')).toBe(false);
    expect(limiter.admits('tftp.refused', '2001:db8:0:1::1', 'none')).toBe(true);
  });

  it('summarises suppressed lines by event, with the number of sources', () => {
    const { limiter, summaries } = limiterAt({ now: 0 });
    admitted(limiter, 1010, () => '10.0.0.1');
    admitted(limiter, 100, () => '10.0.0.2');
    limiter.admits('access.denied', '10.0.0.1', 'none');
    limiter.close();
    expect(summaries).toEqual([{ event: 'tftp.refused', lines: 1090, sources: 2 }]);
    limiter.close();
    expect(summaries).toHaveLength(1);
  });

  it('counts at most a fixed number of sources', () => {
    const { limiter, summaries } = limiterAt({ now: 0 });
    admitted(limiter, 50_000, spoofed);
    limiter.close();
    expect(summaries).toEqual([
      { event: 'tftp.refused', lines: 49_960, sources: MAX_SOURCES_COUNTED },
    ]);
  });
});
