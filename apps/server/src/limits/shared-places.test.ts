import { describe, expect, it } from 'vitest';

import { SharedPlaces } from './shared-places.js';

/** Takes places until the user would have to wait; returns their number. */
function greed(places: SharedPlaces, user: string): number {
  let taken = 0;
  while (places.take(user) === undefined) {
    taken++;
  }
  return taken;
}

describe('SharedPlaces', () => {
  it('leaves places for others, however many greedy users came first', () => {
    const places = new SharedPlaces(64, 1 / 8);
    const taken = Array.from({ length: 20 }, (_, user) => greed(places, `greedy ${user}`));
    expect(taken.slice(0, 4)).toEqual([8, 7, 6, 5]);
    expect(taken.every((count) => count > 0)).toBe(true);
    expect(places.take('modest')).toBeUndefined();
  });

  it('gives a place to the waiting user with the fewest, and among equals to the one that was served longest ago', async () => {
    const places = new SharedPlaces(2, 1);
    const served: string[] = [];
    const take = async (user: string): Promise<void> => {
      await places.take(user);
      served.push(user);
    };
    const all = ['a', 'b', 'b', 'c', 'b', 'a'].map(take);
    expect(places.isUnused).toBe(false);
    await Promise.all(all.slice(0, 2));
    expect(served).toEqual(['a', 'b']);
    places.give('a');
    await all[3];
    expect(served).toEqual(['a', 'b', 'c']);
    places.give('c');
    await all[5];
    places.give('b');
    await all[2];
    expect(served.slice(3)).toEqual(['a', 'b']);
    places.give('a');
    places.give('b');
    await Promise.all(all);
    places.give('b');
    expect(places.isUnused).toBe(true);
  });
});
