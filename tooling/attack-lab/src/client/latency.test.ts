import { describe, expect, it } from 'vitest';

import { summarizeLatency } from './latency.js';

describe('summarizeLatency', () => {
  it('takes the nearest rank', () => {
    const samples = Array.from({ length: 200 }, (_, index) => index + 1);
    expect(summarizeLatency(samples, 10_000)).toEqual({
      requests: 200,
      failed: 0,
      p50: 100,
      p99: 198,
      worst: 200,
    });
  });

  it('counts a request without an answer with its deadline', () => {
    const summary = summarizeLatency([5, undefined, 7], 10_000);
    expect(summary).toMatchObject({ requests: 3, failed: 1, p50: 7, p99: 10_000 });
  });

  it('rates a lack of any answers as the worst', () => {
    expect(summarizeLatency([], 10_000).p99).toBe(10_000);
  });
});
