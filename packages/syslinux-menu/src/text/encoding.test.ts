import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  bytesOf,
  byteString,
  decodeCp437,
  decodeText,
  decodeUtf8,
  encodeText,
  encodeUtf8,
  isUtf8,
} from './encoding.js';

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }).map((text) => new TextEncoder().encode(text)),
);

describe('UTF-8', () => {
  it('is encoded and decoded as by the platform, including broken text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 8 }), (text) => {
        expect(bytesOf(encodeUtf8(text))).toEqual(new TextEncoder().encode(text));
      }),
    );
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        let expected: string | undefined;
        try {
          expected = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
        } catch {
          expected = undefined;
        }
        const text = byteString(bytes);
        expect(isUtf8(text)).toBe(expected !== undefined);
        if (expected !== undefined) {
          expect(decodeUtf8(text)).toBe(expected);
        } else {
          expect(decodeUtf8(text)).toContain('\ufffd');
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('has no overlong forms, surrogates or characters beyond U+10FFFF', () => {
    for (const bytes of [
      '\xe0\x80\x80',
      '\xed\xa0\x80',
      '\xf0\x80\x80\x80',
      '\xf4\x90\x80\x80',
      '\xc0\x80',
      '\xff',
    ]) {
      expect(isUtf8(bytes)).toBe(false);
    }
  });
});

describe('code page 437', () => {
  it('shows each byte as one character', () => {
    expect(decodeCp437('plain ^text~')).toBe('plain ^text~');
    expect(decodeCp437(encodeUtf8('é€'))).toBe('├⌐Γé¼');
    expect(decodeText('Caf\x82', 'cp437')).toBe('Café');
    expect(decodeText('Caf\xc3\xa9', 'utf-8')).toBe('Café');
  });

  it('survives a round trip, and lacks some characters', () => {
    const all = Uint8Array.from({ length: 256 }, (_value, index) => index);
    expect(encodeText(decodeCp437(byteString(all)), 'cp437')).toEqual(all);
    expect(byteString(encodeText('a日😀', 'cp437'))).toBe('a??');
    expect(encodeText('é')).toEqual(Uint8Array.of(0xc3, 0xa9));
  });
});
