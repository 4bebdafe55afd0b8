import { describe, expect, it } from 'vitest';

import { agoText, clockText, durationText, exactText, sizeText } from './format.js';

describe('texts in the page', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [74_900, '74.9 kB'],
    [119_300, '119 kB'],
    [999_600, '1.0 MB'],
    [40_700_000, '40.7 MB'],
  ])('say %s bytes', (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });

  it.each([
    [-5, '0.0 s'],
    [740, '0.7 s'],
    [9_960, '10 s'],
    [59_600, '1 min'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
    [260_000_000, '3 days'],
  ])('say a duration of %s ms', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it.each([
    [0, 'just now'],
    [-30_000, '30 s ago'],
    [-119_000, '1 min ago'],
    [-7_300_000, '2 h ago'],
    [-200_000_000, '2 days ago'],
    [7_300_000, 'in 2 h'],
  ])('say how long ago, or in how much time, a time at %s ms from now is', (distance, text) => {
    const now = Date.UTC(2026, 0, 31);
    expect(agoText(now + distance, now)).toBe(text);
  });

  it('include the day of a time on another day', () => {
    const now = new Date(2026, 0, 31, 12, 0, 0).getTime();
    const before = new Date(2026, 0, 30, 9, 5, 0).getTime();
    expect(clockText(now, now)).toMatch(/^12\D00\D00/);
    expect(clockText(before, now)).toMatch(/30.*9\D05\D00/);
    expect(exactText(before)).toContain('2026');
  });
});
