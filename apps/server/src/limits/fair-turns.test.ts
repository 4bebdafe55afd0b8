import { setImmediate as nextTurn } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { FairTurns, LoopTurns } from './fair-turns.js';

describe('FairTurns', () => {
  it('gives a turn immediately while one is free', async () => {
    const turns = new FairTurns(2);
    expect(turns.take('a')).toBeUndefined();
    expect(turns.take('a')).toBeUndefined();
    const third = turns.take('a');
    expect(third).toBeInstanceOf(Promise);
    turns.give();
    await third;
    turns.give();
    turns.give();
    expect(turns.take('b')).toBeUndefined();
  });

  it('makes a source wait for at most one turn of each other source', async () => {
    const turns = new FairTurns(1);
    void turns.take('first');
    const order: string[] = [];
    const waiting = ['a', 'a', 'a', 'b', 'b', 'b', 'late', 'b'].map(async (source, index) => {
      await turns.take(source);
      order.push(`${source}${index}`);
      turns.give();
    });
    turns.give();
    await Promise.all(waiting);
    expect(order).toEqual(['a0', 'b3', 'late6', 'a1', 'b4', 'a2', 'b5', 'b7']);
  });

  it('lets the addresses of an IPv6 /64 take turns at those of their source', async () => {
    const turns = new FairTurns(1);
    void turns.take('first');
    const order: string[] = [];
    const addresses = [
      '2001:db8::bad',
      '2001:db8::bad',
      '2001:db8::bad',
      '2001:db8::1',
      '10.0.0.1',
    ];
    const waiting = [...addresses, '10.0.0.1', '10.0.0.1'].map(async (address, index) => {
      await turns.take(address);
      order.push(`${address} ${index}`);
      turns.give();
    });
    turns.give();
    await Promise.all(waiting);
    expect(order).toEqual([
      '2001:db8::bad 0',
      '10.0.0.1 4',
      '2001:db8::1 3',
      '10.0.0.1 5',
      '2001:db8::bad 1',
      '10.0.0.1 6',
      '2001:db8::bad 2',
    ]);
  });
});

describe('LoopTurns', () => {
  it('returns all turns in the next turn of the event loop', async () => {
    const turns = new LoopTurns(2);
    for (let turn = 0; turn < 3; turn++) {
      expect(turns.take('a')).toBeUndefined();
      expect(turns.take('a')).toBeUndefined();
      expect(turns.take('a')).toBeInstanceOf(Promise);
      await nextTurn();
      // The caller that waited has got one of the two new turns.
      expect(turns.take('a')).toBeUndefined();
      expect(turns.take('a')).toBeInstanceOf(Promise);
      await nextTurn();
      await nextTurn();
    }
  });

  it('lets no more waiters than its number of turns proceed in one turn of the event loop', async () => {
    const turns = new LoopTurns(2);
    let done = 0;
    const waiting = ['a', 'a', 'a', 'b', 'b', 'b', 'a'].map(async (address) => {
      await turns.take(address);
      done++;
    });
    await Promise.resolve();
    const doneAfter = [done];
    while (done < waiting.length) {
      await nextTurn();
      doneAfter.push(done);
    }
    expect(doneAfter).toEqual([2, 4, 6, 7]);
  });
});
