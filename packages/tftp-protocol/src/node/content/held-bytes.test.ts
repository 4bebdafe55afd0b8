import { describe, expect, it } from 'vitest';

import { HeldBytes } from './held-bytes.js';

describe('HeldBytes', () => {
  it('counts a shared buffer once, until its last holder releases it', () => {
    const held = new HeldBytes(100);
    const [one, other] = [new Uint8Array(60), new Uint8Array(10)];
    held.hold(one);
    held.hold(one.subarray(0, 60));
    held.hold(other);
    expect(held.bytes).toBe(70);

    held.release(one);
    expect([held.bytes, held.hasRoomFor(30), held.hasRoomFor(31)]).toEqual([70, true, false]);
    held.release(one);
    expect([held.bytes, held.hasRoomFor(90)]).toEqual([10, true]);
  });

  it('reserves room for requested bytes', () => {
    const held = new HeldBytes(100);
    held.expect(60);
    expect([held.bytes, held.hasRoomFor(41)]).toEqual([0, false]);
    held.expected(60);
    expect(held.hasRoomFor(100)).toBe(true);
  });
});
