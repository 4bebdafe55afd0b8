import { describe, expect, it } from 'vitest';

import { type Sender, SendTurns } from './send-turns.js';

interface Counted extends Sender {
  readonly name: string;
  left: number;
}

/** Returns the order in which the senders send, as their names. */
function order(...senders: readonly Counted[]): string {
  const turns = new SendTurns<Counted>();
  for (const sender of senders) {
    turns.add(sender);
  }
  let sent = '';
  for (let current = turns.current; current !== undefined; current = turns.current) {
    if (current.left === 0) {
      turns.done();
    } else {
      current.left -= 1;
      sent += current.name;
      turns.sent();
    }
  }
  return sent;
}

describe('SendTurns', () => {
  it('gives each source sixteen datagrams at a time', () => {
    const many = { source: 'one', name: 'a', left: 40 };
    const few = { source: 'two', name: 'b', left: 3 };

    expect(order(many, few)).toBe(`${'a'.repeat(16)}bbb${'a'.repeat(24)}`);
  });

  it('limits the waiting time of a source, however many transfers another one has', () => {
    const many = Array.from({ length: 500 }, () => ({ source: 'one', name: 'a', left: 64 }));
    const sent = order(...many, { source: 'two', name: 'b', left: 1 });

    expect(sent.indexOf('b')).toBe(16);
    expect(sent).toHaveLength(500 * 64 + 1);
  });

  it('gives the transfers of one source turns, too', () => {
    const first = { source: 'one', name: 'a', left: 18 };
    const second = { source: 'one', name: 'b', left: 17 };

    expect(order(first, second)).toBe(`${'a'.repeat(16)}${'b'.repeat(16)}aab`);
  });

  it('ignores datagrams and ends of senders that it does not have', () => {
    const turns = new SendTurns<Counted>();
    for (let count = 0; count < 16; count += 1) {
      turns.sent();
    }
    turns.done();
    expect(turns.current).toBeUndefined();
  });

  it('counts the datagrams of a source that sends one from each transfer', () => {
    const single = Array.from({ length: 20 }, () => ({ source: 'one', name: 'a', left: 1 }));
    const other = { source: 'two', name: 'b', left: 1 };

    expect(order(...single, other)).toBe(`${'a'.repeat(16)}b${'a'.repeat(4)}`);
  });
});
