import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encoded, firmwareOptions } from '../../test/support/ipv6-messages.js';
import { decodeDhcpv6Message, encodeDhcpv6Message } from './codec.js';

const option = fc.tuple(
  fc.integer({ min: 0, max: 0xff_ff }),
  fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 3 }),
);

describe('decodeDhcpv6Message', () => {
  it('reads the fields and all values of each option', () => {
    const datagram = Uint8Array.of(
      1,
      0x12,
      0x34,
      0x56,
      0,
      8,
      0,
      2,
      0,
      7,
      0,
      3,
      0,
      1,
      9,
      0,
      8,
      0,
      0,
    );
    expect(decodeDhcpv6Message(datagram)).toEqual({
      ok: true,
      message: {
        messageType: 1,
        transactionId: 0x12_34_56,
        options: new Map([
          [8, [Uint8Array.of(0, 7), new Uint8Array(0)]],
          [3, [Uint8Array.of(9)]],
        ]),
      },
    });
  });

  it.each([
    ['truncated', Uint8Array.of()],
    ['truncated', Uint8Array.of(1, 2, 3)],
    ['tooLong', new Uint8Array(65_528)],
    ['relayMessage', Uint8Array.of(12, 0, 0, 0)],
    ['relayMessage', Uint8Array.of(13, 0, 0, 0)],
    ['truncatedOption', Uint8Array.of(1, 0, 0, 0, 0)],
    ['truncatedOption', Uint8Array.of(1, 0, 0, 0, 0, 8, 0)],
    ['truncatedOption', Uint8Array.of(1, 0, 0, 0, 0, 8, 0, 2, 0)],
  ])('names the reason %s', (reason, datagram) => {
    expect(decodeDhcpv6Message(datagram)).toEqual({ ok: false, reason });
  });

  it('refuses every message that is cut off within an option', () => {
    const whole = encoded(firmwareOptions(16));
    const ends = [...whole.keys()].filter((end) => decodeDhcpv6Message(whole.subarray(0, end)).ok);
    // Only a cut after the fixed fields, or after an option other than the last, leaves a valid message.
    expect(ends).toHaveLength(firmwareOptions(16).size);
  });
});

describe('encodeDhcpv6Message', () => {
  it('writes what decodeDhcpv6Message reads', () => {
    const message = fc.record({
      messageType: fc.integer({ min: 0, max: 11 }),
      transactionId: fc.integer({ min: 0, max: 0xff_ff_ff }),
      options: fc.array(option, { maxLength: 8 }).map((entries) => new Map(entries)),
    });
    fc.assert(
      fc.property(message, (one) => {
        expect(decodeDhcpv6Message(encodeDhcpv6Message(one))).toEqual({ ok: true, message: one });
      }),
      { seed: 1 },
    );
  });

  it.each([
    [{ messageType: 256 }, 'messageType must be an integer from 0 to 255, got 256'],
    [{ transactionId: 0x100_0000 }, 'transactionId must be an integer'],
    [{ options: new Map([[65_536, [new Uint8Array(0)]]]) }, 'option code must be an integer'],
    [
      { options: new Map([[1, [new Uint8Array(65_520)]]]) },
      'expected at most 65527 bytes, got 65528',
    ],
  ])('refuses %j', (changes, message) => {
    const valid = { messageType: 1, transactionId: 0, options: new Map() };
    expect(() => encodeDhcpv6Message({ ...valid, ...changes })).toThrow(message);
  });
});
