import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BLANK, bytesOf } from '../../test/support/messages.js';
import { decodeSubOptions, encodeSubOptions } from './option-list.js';
import {
  addressesOption,
  architecturesOf,
  bootFileOf,
  machineUuidOf,
  macOf,
  messageTypeOf,
  networkInterfaceOf,
  textOption,
  userClassesOf,
} from './option-values.js';
import {
  decodePxeBootItem,
  decodePxeBootServers,
  decodePxeMenu,
  decodePxeMenuPrompt,
  encodePxeBootItem,
  encodePxeBootServers,
  encodePxeMenu,
  encodePxeMenuPrompt,
} from './pxe-values.js';

const one = (code: number, ...bytes: number[]) => new Map([[code, Uint8Array.from(bytes)]]);
const none = new Map<number, Uint8Array>();

describe('option values', () => {
  it('reads the message type only if it is one byte', () => {
    expect(messageTypeOf(one(53, 3))).toBe(3);
    expect(messageTypeOf(one(53, 3, 3))).toBeUndefined();
    expect(messageTypeOf(none)).toBeUndefined();
  });

  it('reads text up to its first NUL', () => {
    expect(textOption(one(60, 97, 98), 60)).toBe('ab');
    expect(textOption(one(60, 97, 0, 98), 60)).toBe('a');
    expect(textOption(none, 60)).toBeUndefined();
  });

  it('reads lists of addresses', () => {
    expect(addressesOption(one(150, 192, 0, 2, 1, 192, 0, 2, 2), 150)).toEqual([
      '192.0.2.1',
      '192.0.2.2',
    ]);
    expect(addressesOption(one(150, 192, 0, 2), 150)).toBeUndefined();
    expect(addressesOption(one(150), 150)).toBeUndefined();
    expect(addressesOption(none, 150)).toBeUndefined();
  });

  it('reads lists of architectures', () => {
    expect(architecturesOf(one(93, 0, 7, 1, 9))).toEqual([7, 265]);
    expect(architecturesOf(one(93, 0, 7, 0))).toBeUndefined();
    expect(architecturesOf(one(93))).toBeUndefined();
    expect(architecturesOf(none)).toBeUndefined();
  });

  it('reads the network interface only if it is three bytes', () => {
    expect(networkInterfaceOf(one(94, 1, 3, 16))).toEqual({ type: 1, major: 3, minor: 16 });
    expect(networkInterfaceOf(one(94, 1, 3))).toBeUndefined();
    expect(networkInterfaceOf(one(94, 1, 3, 16, 0))).toBeUndefined();
    expect(networkInterfaceOf(one(94, 1))).toBeUndefined();
    expect(networkInterfaceOf(none)).toBeUndefined();
  });

  it('reads the UUID with the byte order of SMBIOS', () => {
    const uuid = Array.from({ length: 16 }, (_, index) => 0x11 * index);
    expect(machineUuidOf(one(97, 0, ...uuid))).toBe('33221100-5544-7766-8899-aabbccddeeff');
    expect(machineUuidOf(one(97, 1, ...uuid))).toBeUndefined();
    expect(machineUuidOf(one(97, 0, 1))).toBeUndefined();
    expect(machineUuidOf(none)).toBeUndefined();
  });

  it('reads user classes with their lengths, and bare text as one class', () => {
    expect(userClassesOf(one(77, 2, 97, 98, 1, 99))).toEqual(['ab', 'c']);
    expect(userClassesOf(new Map([[77, bytesOf('iPXE')]]))).toEqual(['iPXE']);
    expect(userClassesOf(one(77, 1, 97, 0))).toEqual(['\u0001a\u0000']);
    expect(userClassesOf(one(77))).toEqual([]);
    expect(userClassesOf(none)).toEqual([]);
  });

  it('prefers option 67 to the file field', () => {
    expect(bootFileOf({ ...BLANK, file: 'f', options: new Map([[67, bytesOf('o')]]) })).toBe('o');
    expect(bootFileOf({ ...BLANK, file: 'f' })).toBe('f');
  });

  it('formats hardware addresses', () => {
    expect(macOf(BLANK)).toBe('52:54:00:12:34:56');
  });
});

describe('sub-options', () => {
  const entries = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 254 }), fc.uint8Array({ maxLength: 255 })),
  );

  it('decodes what it encodes', () => {
    fc.assert(
      fc.property(entries, (pairs) => {
        const options = new Map(pairs);
        expect(decodeSubOptions(encodeSubOptions(options))).toEqual({ ok: true, options });
      }),
    );
  });

  it('gives a reason for a sub-option beyond the end', () => {
    expect(decodeSubOptions(Uint8Array.of(6, 2, 8))).toEqual({
      ok: false,
      reason: 'truncatedOption',
    });
  });

  it.each([
    ['a code of 0', 0, 1],
    ['a code of 255', 255, 1],
    ['a fractional code', 1.5, 1],
    ['a value of 256 bytes', 6, 256],
  ])('throws for %s', (_name, code, length) => {
    expect(() => encodeSubOptions(new Map([[code, new Uint8Array(length)]]))).toThrow(RangeError);
  });
});

describe('PXE sub-options', () => {
  const uint16 = fc.integer({ min: 0, max: 0xffff });
  const address = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => bytes.join('.'));
  const text = fc
    .array(fc.integer({ min: 1, max: 0xff }), { maxLength: 255 })
    .map((units) => String.fromCharCode(...units));

  it('decode what they encode', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ type: uint16, addresses: fc.array(address) })),
        fc.array(fc.record({ type: uint16, description: text })),
        fc.record({ timeoutSeconds: fc.integer({ min: 0, max: 0xff }), text }),
        fc.record({ type: uint16, layer: uint16 }),
        (servers, menu, prompt, item) => {
          expect(decodePxeBootServers(encodePxeBootServers(servers))).toEqual(servers);
          expect(decodePxeMenu(encodePxeMenu(menu))).toEqual(menu);
          expect(decodePxeMenuPrompt(encodePxeMenuPrompt(prompt))).toEqual(prompt);
          expect(decodePxeBootItem(encodePxeBootItem(item))).toEqual(item);
        },
      ),
    );
  });

  it('decode any bytes, or return undefined', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const servers = decodePxeBootServers(bytes);
        const menu = decodePxeMenu(bytes);
        if (servers !== undefined) {
          expect(encodePxeBootServers(servers)).toEqual(bytes);
        }
        expect(
          menu?.reduce((sum, { description }) => sum + 3 + description.length, 0) ?? bytes.length,
        ).toBe(bytes.length);
      }),
    );
  });

  it.each([
    ['boot servers without a count', decodePxeBootServers(Uint8Array.of(0x80, 0))],
    ['boot servers beyond the end', decodePxeBootServers(Uint8Array.of(0x80, 0, 1, 192, 0, 2))],
    ['a menu entry beyond the end', decodePxeMenu(Uint8Array.of(0x80, 0, 2, 97))],
    ['an empty prompt', decodePxeMenuPrompt(new Uint8Array(0))],
    ['a boot item of three bytes', decodePxeBootItem(new Uint8Array(3))],
    ['a boot item of five bytes', decodePxeBootItem(new Uint8Array(5))],
  ])('do not decode from %s', (_name, decoded) => {
    expect(decoded).toBeUndefined();
  });

  it('throw for numbers that do not fit', () => {
    expect(() => encodePxeBootItem({ type: 65_536, layer: 0 })).toThrow(RangeError);
    expect(() => encodePxeMenuPrompt({ timeoutSeconds: 256, text: '' })).toThrow(RangeError);
    expect(() => encodePxeMenu([{ type: 0, description: 'd'.repeat(256) }])).toThrow(RangeError);
    expect(() => encodePxeBootServers([{ type: 0, addresses: ['x'] }])).toThrow(RangeError);
  });
});
