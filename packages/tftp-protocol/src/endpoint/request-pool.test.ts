import { describe, expect, it } from 'vitest';

import { RequestPool, SHARE } from './request-pool.js';
import { TokenBucket } from './token-bucket.js';

describe('RequestPool', () => {
  it('serves every source while more than half of its burst is left', () => {
    const pool = new RequestPool({ perSecond: 0, burst: 100 }, 0);
    const share = new TokenBucket({ perSecond: 0, burst: 0 }, 0);
    const taken = Array.from({ length: 100 }, () => pool.take(share, 0)).filter(Boolean);

    expect(taken).toHaveLength(50);
    expect(pool.has(share, 0)).toBe(false);
    expect(pool.has(undefined, 0)).toBe(true);
  });

  it('reserves requests for quiet sources, however many a few others send', () => {
    const pool = new RequestPool({ perSecond: 2_000, burst: 4_000 }, 0);
    const greedy = Array.from({ length: 40 }, () => new TokenBucket(SHARE, 0));
    let served = 0;
    for (let now = 0; now < 10_000; now += 10) {
      for (const share of greedy) {
        for (let request = 0; request < 5; request += 1) {
          pool.take(share, now);
        }
      }
      served += pool.take(new TokenBucket(SHARE, now), now) ? 1 : 0;
    }

    expect(served).toBe(1_000);
  });

  it('reserves the last quarter for sources without recent requests', () => {
    const pool = new RequestPool({ perSecond: 0, burst: 100 }, 0);
    const seldom = new TokenBucket(SHARE, 0);
    const often = Array.from({ length: 1_000 }, () => new TokenBucket(SHARE, 0));
    for (const share of often) {
      share.take(0);
    }
    const taken = often.filter((share) => pool.take(share, 0));

    expect(taken).toHaveLength(75);
    expect([pool.has(often[0], 0), pool.take(seldom, 0), pool.take(seldom, 0)]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('serves nothing once its burst is used up', () => {
    const pool = new RequestPool({ perSecond: 0, burst: 1 }, 0);
    const share = (): TokenBucket => new TokenBucket(SHARE, 0);

    expect([pool.take(share(), 0), pool.take(share(), 0)]).toEqual([true, false]);
    expect(pool.has(undefined, 0)).toBe(false);
  });
});
