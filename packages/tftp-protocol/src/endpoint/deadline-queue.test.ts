import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DeadlineQueue, type Scheduled } from './deadline-queue.js';

interface Item extends Scheduled {
  deadline: number | undefined;
}

function item(deadline: number | undefined): Item {
  return { deadline, slot: undefined, slotAt: 0 };
}

function allDue(queue: DeadlineQueue<Item>, now: number): Item[] {
  const due: Item[] = [];
  for (let one = queue.due(now); one !== undefined; one = queue.due(now)) {
    due.push(one);
  }
  return due;
}

describe('DeadlineQueue', () => {
  it('returns every item at its deadline, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000), { maxLength: 200 }), (deadlines) => {
        const queue = new DeadlineQueue<Item>();
        for (const deadline of deadlines) {
          queue.schedule(item(deadline));
        }
        const given = allDue(queue, 1_000).map(({ deadline }) => deadline);
        expect(given).toEqual(deadlines.toSorted((a, b) => a - b));
        expect(queue.size).toBe(0);
      }),
    );
  });

  it('follows a deadline that moves to a later time without being rescheduled', () => {
    const queue = new DeadlineQueue<Item>();
    const one = item(10);
    queue.schedule(one);
    one.deadline = 50;

    expect(queue.next).toBe(10);
    expect(queue.due(10)).toBeUndefined();
    expect(queue.next).toBe(50);
    expect(queue.due(50)).toBe(one);
  });

  it('follows a deadline that moves to an earlier time when rescheduled, and returns the item once', () => {
    const queue = new DeadlineQueue<Item>();
    const one = item(100);
    queue.schedule(one);
    one.deadline = 20;
    queue.schedule(one);

    expect(allDue(queue, 200)).toEqual([one]);
    expect(queue.next).toBeUndefined();
  });

  it('keeps one slot for an item that is rescheduled often', () => {
    const queue = new DeadlineQueue<Item>();
    const one = item(100);
    for (let later = 100; later < 10_000; later += 1) {
      one.deadline = later;
      expect(queue.schedule(one)).toBe(true);
    }

    expect(queue.size).toBe(1);
  });

  it('does not keep a cancelled item', () => {
    const queue = new DeadlineQueue<Item>();
    const [one, other] = [item(10), item(20)];
    queue.schedule(one);
    queue.schedule(other);
    const { slot } = one;

    queue.cancel(one);
    queue.cancel(one);

    expect(slot?.item).toBeUndefined();
    expect(allDue(queue, 100)).toEqual([other]);
    expect(queue.size).toBe(0);
  });

  it('drops an item without a deadline', () => {
    const queue = new DeadlineQueue<Item>();
    const one = item(10);
    queue.schedule(one);
    one.deadline = undefined;

    expect(queue.schedule(item(undefined))).toBe(false);
    expect(allDue(queue, 1_000)).toEqual([]);
    expect(queue.size).toBe(0);
  });
});
