import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BLANK, bytesOf } from '../../test/support/messages.js';
import { formatAddress, parseAddress } from './address.js';
import { OptionCode, OPTIONS_OFFSET } from './constants.js';
import { decodeMessage } from './decode.js';
import { encodeMessage } from './encode.js';
import { type DhcpMessage } from './message.js';

const uint = (max: number) => fc.integer({ min: 0, max });
const address = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(formatAddress);
const name = (maxLength: number) =>
  fc
    .array(fc.integer({ min: 1, max: 0xff }), { maxLength })
    .map((units) => String.fromCharCode(...units));
const code = fc.integer({ min: 1, max: 254 }).filter((value) => value !== OptionCode.overload);
/** Mostly short values, and some that are split (RFC 3396). */
const value = fc.oneof(
  { weight: 6, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 250, maxLength: 800, size: 'max' }) },
);

const anyMessage: fc.Arbitrary<DhcpMessage> = fc.record({
  operation: fc.constantFrom('request' as const, 'reply' as const),
  hardwareType: uint(0xff),
  hardwareAddress: fc.uint8Array({ maxLength: 16 }),
  hops: uint(0xff),
  transactionId: uint(0xffff_ffff),
  seconds: uint(0xffff),
  flags: uint(0xffff),
  clientAddress: address,
  yourAddress: address,
  nextServer: address,
  relayAddress: address,
  serverName: name(63),
  file: name(127),
  options: fc.array(fc.tuple(code, value), { maxLength: 12 }).map((entries) => new Map(entries)),
});

/** Returns a datagram of fixed fields, names and raw options. */
function datagram(
  options: readonly number[],
  fields: { file?: readonly number[]; serverName?: readonly number[] } = {},
): Uint8Array {
  const bytes = encodeMessage(BLANK).slice(0, OPTIONS_OFFSET + options.length);
  const longer = new Uint8Array(OPTIONS_OFFSET + options.length);
  longer.set(bytes);
  longer.set(fields.serverName ?? [], 44);
  longer.set(fields.file ?? [], 108);
  longer.set(options, OPTIONS_OFFSET);
  return longer;
}

describe('codec laws', () => {
  it('decodes every encoded message to an equal message', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const bytes = encodeMessage(message);
        const decoded = decodeMessage(bytes);
        expect(decoded).toEqual({ ok: true, message });
        expect(bytes.length).toBeGreaterThanOrEqual(300);
      }),
    );
  });

  it('keeps every option when some have to be moved to the name fields', () => {
    let moved = 0;
    const crowded = fc
      .tuple(anyMessage, fc.boolean(), fc.boolean())
      .map(([message, hasFile, hasServerName]) => ({
        ...message,
        file: hasFile ? message.file : '',
        serverName: hasServerName ? message.serverName : '',
      }));
    fc.assert(
      fc.property(crowded, fc.integer({ min: 300, max: 500 }), (message, maxBytes) => {
        let bytes;
        try {
          bytes = encodeMessage(message, { maxBytes });
        } catch (error) {
          expect(String(error)).toMatch(/^RangeError: options do not fit/);
          return;
        }
        expect(bytes.length).toBeLessThanOrEqual(maxBytes);
        expect(decodeMessage(bytes)).toEqual({ ok: true, message });
        moved += encodeMessage(message).length > maxBytes ? 1 : 0;
      }),
      { seed: 1, numRuns: 300 },
    );
    expect(moved).toBeGreaterThan(0);
  });

  it('decodes any bytes after the cookie to a message that survives a round trip', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 600 }),
        fc.uint8Array({ maxLength: 130 }),
        (tail, file) => {
          const decoded = decodeMessage(
            datagram([...tail], { file: [...file.subarray(0, 127), 0] }),
          );
          if (decoded.ok) {
            expect(decodeMessage(encodeMessage(decoded.message))).toEqual(decoded);
          } else {
            expect(decoded.reason).toBe('truncatedOption');
          }
        },
      ),
    );
  });
});

describe('decodeMessage', () => {
  it.each([
    ['an empty datagram', new Uint8Array(0), 'truncated'],
    ['one byte less than the options', encodeMessage(BLANK).slice(0, 239), 'truncated'],
    ['more bytes than fit in a datagram', new Uint8Array(65_508), 'tooLong'],
    ['an operation of 0', encodeMessage(BLANK).with(0, 0), 'unknownOperation'],
    ['an operation of 3', encodeMessage(BLANK).with(0, 3), 'unknownOperation'],
    ['a hardware address of 17 bytes', encodeMessage(BLANK).with(2, 17), 'hardwareAddressTooLong'],
    ['plain BOOTP', encodeMessage(BLANK).fill(0, 236), 'missingCookie'],
    ['an option without a length', datagram([53]), 'truncatedOption'],
    ['an option beyond the end', datagram([53, 2, 1]), 'truncatedOption'],
    [
      'an option beyond the file field',
      datagram([52, 1, 1, 255], { file: [60, 127] }),
      'truncatedOption',
    ],
    [
      'an option beyond sname',
      datagram([52, 1, 2, 255], { serverName: [60, 63] }),
      'truncatedOption',
    ],
  ])('gives a reason for %s', (_name, bytes, reason) => {
    expect(decodeMessage(bytes)).toEqual({ ok: false, reason });
  });

  it('accepts the largest datagram, and options without an end mark', () => {
    const options = Array.from({ length: 65_507 - 240 }, (_, index) => [53, 1, 1][index % 3] ?? 0);
    options.fill(0, 3 * 21_755);

    expect(decodeMessage(datagram(options))).toMatchObject({ ok: true });
    expect(decodeMessage(datagram([53, 1, 1]))).toMatchObject({
      ok: true,
      message: { options: new Map([[53, Uint8Array.of(1)]]) },
    });
  });

  it('ignores what follows the end mark', () => {
    expect(decodeMessage(datagram([53, 1, 1, 255, 60, 200]))).toMatchObject({ ok: true });
  });

  it('joins the parts of an option across the options, file and sname fields, in this order', () => {
    const decoded = decodeMessage(
      datagram([52, 1, 3, 67, 2, 97, 98, 255], {
        file: [0, 67, 1, 99, 255],
        serverName: [67, 1, 100],
      }),
    );

    expect(decoded).toMatchObject({
      ok: true,
      message: { file: '', serverName: '', options: new Map([[67, bytesOf('abcd')]]) },
    });
  });

  it('reads a name that is not overloaded while the other field holds options', () => {
    const inFile = decodeMessage(
      datagram([52, 1, 1, 255], { file: [60, 1, 65, 255], serverName: [115, 0] }),
    );
    const inServerName = decodeMessage(
      datagram([52, 1, 2, 255], { file: [102, 0], serverName: [60, 1, 65, 255] }),
    );

    expect(inFile).toMatchObject({ ok: true, message: { file: '', serverName: 's' } });
    expect(inServerName).toMatchObject({ ok: true, message: { file: 'f', serverName: '' } });
  });

  it('does not follow an overload option that is itself in an overloaded field', () => {
    const decoded = decodeMessage(
      datagram([52, 1, 1, 255], { file: [52, 1, 2, 255], serverName: [60, 200] }),
    );

    expect(decoded).toMatchObject({ ok: true, message: { options: new Map() } });
  });

  it('reads names that fill their field without a NUL', () => {
    const decoded = decodeMessage(
      datagram([255], {
        file: Array.from({ length: 128 }, () => 102),
        serverName: Array.from({ length: 64 }, () => 115),
      }),
    );

    expect(decoded).toMatchObject({
      ok: true,
      message: { file: 'f'.repeat(128), serverName: 's'.repeat(64) },
    });
  });

  it('joins 32,000 parts of one option in one step', () => {
    const decoded = decodeMessage(
      datagram(Array.from({ length: 65_265 }, (_, index) => [43, 1, 7][index % 3] ?? 0)),
    );

    expect(decoded.ok && decoded.message.options.get(43)?.length).toBe(21_755);
  });
});

describe('encodeMessage', () => {
  it.each<[string, Partial<DhcpMessage>, RegExp]>([
    ['a transaction id above 32 bits', { transactionId: 2 ** 32 }, /^transactionId must be/],
    ['a negative number', { seconds: -1 }, /^seconds must be/],
    ['a fraction', { hops: 0.5 }, /^hops must be/],
    ['a hardware address of 17 bytes', { hardwareAddress: new Uint8Array(17) }, /got 17$/],
    ['an address that is a name', { nextServer: 'localhost' }, /"localhost" is not an IPv4/],
    ['an address with a number above 255', { nextServer: '1.2.3.256' }, /is not an IPv4/],
    ['a file name that fills its field', { file: 'f'.repeat(128) }, /^file: expected at most 127/],
    [
      'a server name that fills its field',
      { serverName: 's'.repeat(64) },
      /at most 63 bytes, got 64/,
    ],
    ['a name with a NUL', { file: 'a\0b' }, /NUL/],
    ['a name of wide characters', { file: '文' }, /U\+00FF/],
    ['padding as an option', { options: new Map([[0, new Uint8Array(1)]]) }, /option 0 belongs/],
    ['overload as an option', { options: new Map([[52, Uint8Array.of(1)]]) }, /option 52 belongs/],
    ['the end mark as an option', { options: new Map([[255, new Uint8Array(0)]]) }, /option 255/],
    [
      'an option code above a byte',
      { options: new Map([[256, new Uint8Array(0)]]) },
      /option code/,
    ],
  ])('throws for %s', (_name, changes, text) => {
    expect(() => encodeMessage({ ...BLANK, ...changes })).toThrow(text);
    expect(() => encodeMessage({ ...BLANK, ...changes })).toThrow(RangeError);
  });

  it('puts the message type first and relay agent information last, in the options field', () => {
    const options = new Map([
      [82, new Uint8Array(20).fill(8)],
      [60, new Uint8Array(60).fill(6)],
      [43, new Uint8Array(60).fill(4)],
      [53, Uint8Array.of(1)],
    ]);
    const bytes = encodeMessage({ ...BLANK, options }, { maxBytes: 340 });

    expect(bytes[240]).toBe(53);
    // Options 53, 60, overload, 82 and the end mark; what is left over is in the file field.
    expect([...bytes.subarray(240 + 3 + 62, 240 + 3 + 62 + 5)]).toEqual([52, 1, 1, 82, 20]);
    expect(bytes[108]).toBe(43);
    expect(decodeMessage(bytes)).toMatchObject({ ok: true, message: { options } });
  });

  it('splits a value of 256 bytes into 255 and one', () => {
    const bytes = encodeMessage({ ...BLANK, options: new Map([[43, new Uint8Array(256)]]) });

    expect([...bytes.subarray(240, 242)]).toEqual([43, 255]);
    expect([...bytes.subarray(242 + 255)]).toEqual([43, 1, 0, 255]);
  });

  it('moves options to sname if the file field has a name', () => {
    const options = new Map([
      [53, Uint8Array.of(1)],
      [60, new Uint8Array(50)],
      [43, new Uint8Array(50)],
    ]);
    const bytes = encodeMessage({ ...BLANK, file: 'f', options }, { maxBytes: 302 });

    expect(decodeMessage(bytes)).toMatchObject({ ok: true, message: { file: 'f', options } });
    expect(bytes[44]).toBe(43);
  });

  it('throws if the options do not fit, or there is not even room for relay agent information', () => {
    const long = {
      ...BLANK,
      file: 'f',
      serverName: 's',
      options: new Map([[43, new Uint8Array(99)]]),
    };
    const relayed = { ...BLANK, options: new Map([[82, new Uint8Array(99)]]) };

    expect(() => encodeMessage(long, { maxBytes: 300 })).toThrow(/do not fit into 60 bytes/);
    expect(() => encodeMessage(relayed, { maxBytes: 300 })).toThrow(/do not fit into 60 bytes/);
    expect(() => encodeMessage(BLANK, { maxBytes: 65_508 })).toThrow(/^maxBytes must be/);
  });
});

describe('parseAddress', () => {
  it.each(['', '1.2.3', '1.2.3.4.5', '1.2.3.x', '1.2.3.1234', ' 1.2.3.4', '::1'])(
    'rejects %j',
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );

  it('reads what formatAddress writes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (bytes) => {
        expect(parseAddress(formatAddress(bytes))).toEqual(bytes);
      }),
    );
  });
});
