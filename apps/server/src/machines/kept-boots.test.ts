import { describe, expect, it } from 'vitest';

import { type Boot } from './boot.js';
import { KeptBoots } from './kept-boots.js';

function boot(id: number, address: string): Boot {
  return {
    id,
    address,
    startedAt: id,
    lastSeenAt: id,
    stages: [],
    refused: [],
    machinesAtAddress: 1,
    proven: true,
    outcome: 'failed',
  };
}

function idsOf(kept: KeptBoots): number[] {
  return [...kept.values()].map(({ id }) => id);
}

describe('KeptBoots', () => {
  it('removes the oldest boots first, and each of them once', () => {
    const kept = new KeptBoots(4);
    for (let id = 1; id <= 6; id++) {
      kept.put(boot(id, `10.0.0.${id}`));
    }
    kept.put(boot(6, '10.0.0.6'));
    expect(idsOf(kept)).toEqual([3, 4, 5, 6]);
    kept.delete(4);
    kept.delete(4);
    kept.put(boot(7, '10.0.0.7'));
    expect(idsOf(kept)).toEqual([3, 5, 6, 7]);
  });

  it('first removes boots of an address that has more than a quarter of all', () => {
    const kept = new KeptBoots(8);
    kept.put(boot(1, '10.0.0.1'));
    kept.put(boot(2, '10.0.0.2'));
    for (let id = 3; id < 1000; id++) {
      kept.put(boot(id, '10.0.0.66'));
    }
    expect(idsOf(kept)).toEqual([1, 2, 994, 995, 996, 997, 998, 999]);
    for (let id = 1000; id < 1005; id++) {
      kept.put(boot(id, `10.0.1.${id - 1000}`));
    }
    // Two of eight are a quarter, and are kept as long as those from any other address.
    expect(idsOf(kept)).toEqual([2, 998, 999, 1000, 1001, 1002, 1003, 1004]);
  });

  it('keeps as many of an address as before when one of its boots moves to another', () => {
    const kept = new KeptBoots(4);
    for (let id = 1; id <= 3; id++) {
      kept.put(boot(id, '10.0.0.66'));
    }
    kept.put(boot(4, '10.0.0.1'));
    kept.put(boot(3, '10.0.0.1'));
    kept.put(boot(2, '10.0.0.2'));
    kept.put(boot(5, '10.0.0.3'));
    // Only 10.0.0.1 has more than a quarter now.
    expect(idsOf(kept)).toEqual([1, 2, 3, 5]);
  });

  it('adds earlier boots as far as there is room', () => {
    const kept = new KeptBoots(4);
    kept.put(boot(10, '10.0.0.1'));
    kept.prepend([boot(3, '10.0.0.2'), boot(1, '10.0.0.2'), boot(4, '10.0.0.3')]);
    kept.prepend([boot(0, '10.0.0.4')]);
    expect(idsOf(kept)).toEqual([1, 3, 4, 10]);
    expect(kept.has(0)).toBe(false);
    kept.put(boot(11, '10.0.0.5'));
    expect(idsOf(kept)).toEqual([3, 4, 10, 11]);
    expect(kept.size).toBe(4);
  });
});
