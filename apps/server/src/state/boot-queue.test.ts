import { describe, expect, it } from 'vitest';

import { type Boot } from '../machines/boot.js';
import { BootQueue } from './boot-queue.js';

function boot(id: number, facts: Partial<Boot> = {}): Boot {
  return {
    id,
    address: '10.0.0.1',
    startedAt: 0,
    lastSeenAt: 0,
    stages: [],
    refused: [],
    machinesAtAddress: 1,
    proven: true,
    outcome: 'booting',
    ...facts,
  };
}

const ids = (boots: readonly Boot[]): number[] => boots.map(({ id }) => id);

describe('BootQueue', () => {
  it('holds only the newest version of a boot', () => {
    const queue = new BootQueue();
    queue.put(boot(1));
    queue.put(boot(2));
    queue.put(boot(1, { lastSeenAt: 5 }));
    expect(queue.size).toBe(2);
    expect(queue.take(9)).toEqual([boot(1, { lastSeenAt: 5 }), boot(2)]);
    expect(queue.size).toBe(0);
  });

  it('removes at most the requested number, the oldest first', () => {
    const queue = new BootQueue();
    [1, 2, 3].forEach((id) => {
      queue.put(boot(id));
    });
    expect(ids(queue.take(2))).toEqual([1, 2]);
    expect(ids(queue.take(2))).toEqual([3]);
  });

  it('puts unwritten boots back at the front, but does not replace newer versions', () => {
    const queue = new BootQueue();
    queue.put(boot(1));
    queue.put(boot(2));
    const taken = queue.take(9);
    queue.put(boot(3));
    queue.put(boot(2, { lastSeenAt: 5 }));
    queue.putBack(taken);
    expect(queue.take(9)).toEqual([boot(1), boot(2, { lastSeenAt: 5 }), boot(3)]);
  });

  it('drops the oldest of more than 5,000 boots, and counts them', () => {
    const queue = new BootQueue();
    for (let id = 1; id <= 5_003; id++) {
      queue.put(boot(id));
    }
    expect(queue.size).toBe(5_000);
    expect(queue.takeLost()).toBe(3);
    expect(queue.takeLost()).toBe(0);
    expect(ids(queue.take(1))).toEqual([4]);
  });

  it('holds 20 possibly forged boots, once they have ended, and does not count dropped ones', () => {
    const queue = new BootQueue();
    queue.put(boot(1, { proven: false }));
    expect(queue.size).toBe(0);
    for (let id = 1; id <= 25; id++) {
      queue.put(boot(id, { proven: false, outcome: 'failed' }));
    }
    expect(queue.size).toBe(20);
    expect(queue.takeLost()).toBe(0);
  });

  it('moves a boot to the proven ones once it is proven', () => {
    const queue = new BootQueue();
    queue.put(boot(1, { proven: false, outcome: 'failed' }));
    queue.put(boot(1));
    expect(queue.take(9)).toEqual([boot(1)]);
  });
});
