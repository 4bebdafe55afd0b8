import { describe, expect, it } from 'vitest';

import { FairTurns } from './fair-turns.js';

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

  it('lets a source wait for at most one turn of each other source', async () => {
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
