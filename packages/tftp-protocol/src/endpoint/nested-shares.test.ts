import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { NestedShares, type Share } from './nested-shares.js';

function share(source: string, address: string): Share {
  return { source, remote: { address } };
}

describe('NestedShares', () => {
  it('finds the stalest item of the largest address in the largest source', () => {
    const shares = new NestedShares<Share>();
    const alone = share('a', 'a1');
    const [older, newer] = [share('b', 'b2'), share('b', 'b2')];
    for (const item of [alone, share('b', 'b1'), older, newer]) {
      shares.add(item);
    }

    expect([shares.stalest, shares.stalestOfLargest, shares.largestShare]).toEqual([
      alone,
      older,
      3,
    ]);
    shares.touch(older);
    expect(shares.stalestOfLargest).toBe(newer);
    expect(shares.within('b')?.countOf('b2')).toBe(2);
  });

  it('keeps nothing of removed items', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(3))), (items) => {
        const shares = new NestedShares<Share>();
        const added = items.map(([source, address]) => share(`${source}`, `${source}.${address}`));
        for (const item of added) {
          shares.add(item);
        }
        expect(shares.size).toBe(added.length);
        for (const item of added) {
          expect(shares.countOf(item.source)).toBe(shares.within(item.source)?.size);
          shares.remove(item);
          shares.remove(item);
          shares.touch(item);
        }
        expect(shares.size).toBe(0);
        expect(shares.stalestOfLargest).toBeUndefined();
        expect(added.map(({ source }) => shares.within(source))).toEqual(
          added.map(() => undefined),
        );
      }),
    );
  });
});
