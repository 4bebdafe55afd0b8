import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decodePacket } from './decode.js';
import { encodedLength, encodePacket } from './encode.js';
import { type TftpPacket } from './packet.js';

const uint16 = fc.integer({ min: 0, max: 0xffff });
const wireText = fc
  .array(fc.integer({ min: 1, max: 0xff }), { maxLength: 60 })
  .map((units) => String.fromCharCode(...units));
const wireName = wireText.filter((text) => text !== '');
const options = fc.array(fc.tuple(wireName, wireText), { maxLength: 4 });
const request = { filename: wireName, mode: wireName, options };

const anyPacket: fc.Arbitrary<TftpPacket> = fc.oneof(
  fc.record({ type: fc.constant('rrq' as const), ...request }),
  fc.record({ type: fc.constant('wrq' as const), ...request }),
  fc.record({ type: fc.constant('data' as const), block: uint16, data: fc.uint8Array() }),
  fc.record({ type: fc.constant('ack' as const), block: uint16 }),
  fc.record({ type: fc.constant('error' as const), code: uint16, message: wireText }),
  fc.record({ type: fc.constant('oack' as const), options }),
);

describe('codec laws', () => {
  it('decodes every encoded packet to the same packet', () => {
    fc.assert(
      fc.property(anyPacket, (packet) => {
        const bytes = encodePacket(packet);
        expect(bytes.length).toBe(encodedLength(packet));
        expect(decodePacket(bytes)).toEqual({ ok: true, packet });
      }),
    );
  });

  it('decodes any bytes to a packet or a reason', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.integer({ min: 0, max: 7 }), (tail, op) => {
        const decoded = decodePacket(Uint8Array.from([0, op, ...tail]));
        expect(decoded.ok ? decoded.packet.type : decoded.reason).toMatch(/^[a-z]+$/i);
      }),
    );
  });
});

describe('encodePacket', () => {
  it.each<[string, TftpPacket]>([
    ['a block number above 16 bits', { type: 'ack', block: 65_536 }],
    ['a fractional block number', { type: 'data', block: 0.5, data: new Uint8Array(0) }],
    ['a negative error code', { type: 'error', code: -1, message: '' }],
    ['a file name with a NUL', { type: 'rrq', filename: 'a\0b', mode: 'octet', options: [] }],
    ['a file name of wide characters', { type: 'wrq', filename: '文', mode: 'octet', options: [] }],
    ['no file name', { type: 'rrq', filename: '', mode: 'octet', options: [] }],
    ['no mode', { type: 'rrq', filename: 'f', mode: '', options: [] }],
    ['an option without a name', { type: 'oack', options: [['', '1']] }],
    [
      'a request above 2 KiB',
      { type: 'rrq', filename: 'f'.repeat(2_048), mode: 'octet', options: [] },
    ],
  ])('throws for %s', (_name, packet) => {
    expect(() => encodePacket(packet)).toThrow(RangeError);
  });

  it('replaces characters that the text of an ERROR cannot carry with a question mark', () => {
    const decoded = decodePacket(encodePacket({ type: 'error', code: 0, message: 'a\0文🙂ü' }));

    expect(decoded).toMatchObject({ ok: true, packet: { message: 'a???ü' } });
  });
});
