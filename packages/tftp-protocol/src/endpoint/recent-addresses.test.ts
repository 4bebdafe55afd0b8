import { describe, expect, it } from 'vitest';

import { RecentAddresses } from './recent-addresses.js';

describe('RecentAddresses', () => {
  it('remembers an address for a while after it was last noted', () => {
    const recent = new RecentAddresses(10, 60_000);
    recent.note('a', 0);

    expect([recent.has('a', 59_999), recent.has('a', 60_000)]).toEqual([true, false]);
    recent.note('a', 60_000);
    expect(recent.has('a', 119_999)).toBe(true);
    recent.delete('a');
    expect([recent.has('a', 60_000), recent.has('b', 60_000)]).toEqual([false, false]);
  });

  it('forgets the oldest address when it is full', () => {
    const recent = new RecentAddresses(3, 60_000);
    for (const address of ['a', 'b', 'c', 'a', 'd']) {
      recent.note(address, 0);
    }

    expect(['a', 'b', 'c', 'd'].filter((address) => recent.has(address, 1))).toEqual([
      'a',
      'c',
      'd',
    ]);
  });
});
