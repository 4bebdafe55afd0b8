import { describe, expect, it } from 'vitest';

import { percentile99 } from './latency.js';

describe('percentile99', () => {
  it('takes the nearest rank', () => {
    const samples = Array.from({ length: 200 }, (_, index) => index + 1);
    expect(percentile99(samples, 10_000)).toBe(198);
  });

  it('counts a request without an answer as taking until its deadline', () => {
    expect(percentile99([5, undefined, 7], 10_000)).toBe(10_000);
  });

  it('counts a run without answers as the worst', () => {
    expect(percentile99([], 10_000)).toBe(10_000);
  });
});
