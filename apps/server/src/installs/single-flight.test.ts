import { describe, expect, it } from 'vitest';

import { singleFlight } from './single-flight.js';

describe('work in single flight', () => {
  /** Returns work whose runs the test ends one by one. */
  function manualWork() {
    const ends: { done: () => void; fail: (error: Error) => void }[] = [];
    let running = 0;
    let most = 0;
    const call = singleFlight(async () => {
      running += 1;
      most = Math.max(most, running);
      try {
        await new Promise<void>((done, fail) => ends.push({ done, fail }));
      } finally {
        running -= 1;
      }
    });
    return { call, ends, most: () => most };
  }

  it('runs once more for all calls during a run, and never twice at the same time', async () => {
    const { call, ends, most } = manualWork();
    const first = call();
    // Called between the end of the first run and the start of the second.
    const between = first.then(() => call());
    const others = [call(), call(), call()];
    expect(ends).toHaveLength(1);
    ends[0]!.done();
    await first;
    await expect.poll(() => ends).toHaveLength(2);
    ends[1]!.done();
    await Promise.all([...others, between]);
    expect(ends).toHaveLength(2);
    expect(most()).toBe(1);
  });

  it('rejects only the calls that share the failed run', async () => {
    const { call, ends } = manualWork();
    const first = call();
    const second = call();
    ends[0]!.fail(new Error('lost'));
    await expect(first).rejects.toThrow('lost');
    await expect.poll(() => ends).toHaveLength(2);
    ends[1]!.done();
    await second;
    const third = call();
    expect(ends).toHaveLength(3);
    ends[2]!.done();
    await third;
  });
});
