import { describe, expect, it } from 'vitest';

import { SendSlots } from './send-slots.js';

const remote = { address: '127.0.0.1', port: 1, family: 'IPv4' } as const;

function datagram(first: number, bodyBytes: number): Parameters<SendSlots['joined']>[0] {
  return { remote, head: Uint8Array.of(first, 2), body: new Uint8Array(bodyBytes).fill(3) };
}

describe('SendSlots', () => {
  it('joins head and body, and returns a head alone unchanged', () => {
    const slots = new SendSlots();
    const head = Uint8Array.of(1, 2);

    expect([...slots.joined(datagram(1, 3))]).toEqual([1, 2, 3, 3, 3]);
    expect(slots.joined({ remote, head })).toBe(head);
  });

  it('keeps a whole batch intact, and reuses its memory for the next one', () => {
    const slots = new SendSlots();
    const batch = (): Uint8Array[] =>
      Array.from({ length: 64 }, (_, index) => slots.joined(datagram(index, 100)));

    const first = batch();
    expect(first.map((bytes) => bytes[0])).toEqual(first.map((_, index) => index));

    const again = batch();
    expect(again.every((bytes, index) => bytes === first[index])).toBe(true);
  });

  it('never reuses memory that the socket may still hold', () => {
    const slots = new SendSlots();
    const held = slots.joined(datagram(1, 100));

    slots.abandon();

    const later = Array.from({ length: 200 }, () => slots.joined(datagram(2, 100)));
    expect(later).not.toContain(held);
    expect(held[0]).toBe(1);
  });

  it('limits the number of lengths with slots', () => {
    const slots = new SendSlots();
    const joined = Array.from({ length: 100 }, (_, bytes) => slots.joined(datagram(1, bytes)));
    expect(joined.map(({ length }) => length)).toEqual(joined.map((_, bytes) => bytes + 2));

    // A length that recurs soon keeps its slots.
    const frequent = (): Set<Uint8Array> =>
      new Set(Array.from({ length: 200 }, () => slots.joined(datagram(1, 99))));
    expect(frequent().size).toBe(64);
  });
});
