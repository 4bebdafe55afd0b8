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
  it('decodes what it encodes, for every packet', () => {
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
        expect(decoded.ok ? decoded.packet.type : decoded.reason).toMatch(/^[a-zA-Z]+$/);
      }),
    );
  });
});
