import { describe, expect, it } from 'vitest';

import { quoted, trimBlanks, utf8Length } from './text.js';

describe('text', () => {
  it('utf8Length counts the bytes of one to four byte characters and of lone surrogates', () => {
    for (const text of ['', 'abc', 'é', '€', '😀', 'a€😀\u0000']) {
      expect(utf8Length(text)).toBe(Buffer.byteLength(text));
    }
    expect(utf8Length('\ud800')).toBe(3);
  });

  it('quoted truncates long values and escapes what a terminal would interpret', () => {
    expect(quoted('a"\n\u001b\u009b\u202e\u2028')).toBe(
      String.raw`"a\"\n\u001b\u009b\u202e\u2028"`,
    );
    expect(quoted('x'.repeat(61))).toBe(`"${'x'.repeat(57)}..."`);
  });

  it('trimBlanks removes what syslinux treats as blanks, and nothing else', () => {
    expect(trimBlanks(' \t a b \r\n')).toBe('a b');
    expect(trimBlanks('\u00a0a\u2028')).toBe('\u00a0a\u2028');
    expect(trimBlanks(' \v ')).toBe('');
  });
});
