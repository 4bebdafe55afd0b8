import { describe, expect, it } from 'vitest';

import { FairShares } from './fair-shares.js';

describe('FairShares', () => {
  it('finds the stalest item of the largest holder, of a given holder, and overall', () => {
    const shares = new FairShares<string>();
    for (const [holder, item] of [
      ['b', 'b1'],
      ['a', 'a1'],
      ['a', 'a2'],
      ['c', 'c1'],
    ] as const) {
      shares.add(holder, item);
    }

    expect(shares.size).toBe(4);
    expect([shares.countOf('a'), shares.countOf('b'), shares.countOf('d')]).toEqual([2, 1, 0]);
    expect(shares.stalest).toBe('b1');
    expect(shares.stalestOf('a')).toBe('a1');
    expect(shares.stalestOf('d')).toBeUndefined();
    expect(shares.stalestOfLargest).toBe('a1');
  });

  it('makes a touched item the freshest', () => {
    const shares = new FairShares<string>();
    shares.add('a', 'a1');
    shares.add('a', 'a2');

    shares.touch('a', 'a1');
    shares.touch('a', 'unknown');
    shares.touch('b', 'a2');

    expect(shares.stalest).toBe('a2');
    expect(shares.stalestOfLargest).toBe('a2');
  });

  it('forgets removed items, and is empty in the end', () => {
    const shares = new FairShares<string>();
    shares.add('a', 'a1');
    shares.add('a', 'a2');
    shares.add('b', 'b1');

    shares.remove('a', 'a1');
    shares.remove('a', 'a1');
    shares.remove('b', 'a2');
    expect(shares.size).toBe(2);
    shares.remove('a', 'a2');
    expect(shares.stalestOfLargest).toBe('b1');
    shares.remove('b', 'b1');

    expect(shares.size).toBe(0);
    expect(shares.stalest).toBeUndefined();
    expect(shares.stalestOfLargest).toBeUndefined();
  });

  it('agrees with a linear search', () => {
    const shares = new FairShares<number>();
    const held = new Map<string, number[]>();
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    for (let item = 0; item < 5_000; item += 1) {
      const holder = `holder ${random(20)}`;
      const items = held.get(holder) ?? [];
      held.set(holder, items);
      if (random(5) < 2 && items.length > 0) {
        shares.remove(holder, items.splice(random(items.length), 1)[0] ?? -1);
      } else {
        items.push(item);
        shares.add(holder, item);
      }
      const largest = Math.max(...[...held.values()].map(({ length }) => length));
      const candidates = [...held.values()].filter(
        ({ length }) => length === largest && length > 0,
      );
      expect(candidates.map(([first]) => first).concat(undefined)).toContain(
        shares.stalestOfLargest,
      );
      expect(shares.stalestOfLargest === undefined).toBe(largest === 0);
    }
  });
});
