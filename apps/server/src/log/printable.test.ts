import { describe, expect, it } from 'vitest';

import { printable, printableJson, printableLines, printableName } from './printable.js';

describe('printableName with a token', () => {
  const token = 'WCycoQJIc_xrC2G9zIuPuOvrPjug4vhzfOcZAA6UPM4';

  it.each([
    [`/p/${token}/preseed.cfg`, '/p/***/preseed.cfg'],
    [`//i//${token}/done`, '//i//***/done'],
    [`/p/${token.replace('W', '%57')}/x`, '/p/***/x'],
    ['/debian-installer/amd64/grub/grub.cfg', '/debian-installer/amd64/grub/grub.cfg'],
  ])('shows %s without it', (path, shown) => {
    expect(printableName(path)).toBe(shown);
  });
});

describe('printable', () => {
  it.each([
    ['a control character', 'a\u001bb', 'a\\u{1b}b'],
    ['a line feed', 'a\nb', 'a\\u{a}b'],
    ['a C1 control character', 'a\u009bb', 'a\\u{9b}b'],
    ['a right-to-left override', 'a\u202eb', 'a\\u{202e}b'],
    ['a zero-width space', 'a\u200bb', 'a\\u{200b}b'],
    ['a line separator', 'a\u2028b', 'a\\u{2028}b'],
    ['a lone surrogate', 'a\ud800b', 'a\\u{d800}b'],
    ['an invisible filler', 'a\u3164b', 'a\\u{3164}b'],
    ['a tag character', 'a\u{e0041}b', 'a\\u{e0041}b'],
  ])('escapes %s', (_kind, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('keeps letters of every script', () => {
    expect(printable('größe/日本/שלום/😀')).toBe('größe/日本/שלום/😀');
  });
});

describe('printableLines', () => {
  it('keeps line feeds and tabs, and escapes the rest', () => {
    expect(printableLines('a\n\tb\r\u202e')).toBe('a\n\tb\\u{d}\\u{202e}');
  });
});

describe('printableName', () => {
  it('keeps a name of 256 characters and shortens a longer one', () => {
    expect(printableName('a'.repeat(256))).toBe('a'.repeat(256));
    expect(printableName('a'.repeat(8000))).toBe(`${'a'.repeat(253)}...`);
  });

  it('shortens a name that escaping has made too long', () => {
    expect(printableName('\u202e'.repeat(8000))).toHaveLength(256);
  });
});

describe('printableJson', () => {
  it('escapes invisible characters, and keeps the value', () => {
    const value = {
      'a\u009b': ['\u{1b}[2J\n\t', '\u202e\u200b', '\u{e0041}', '\ud800', 'größe 😀'],
    };
    const json = JSON.stringify(value, undefined, 2);
    expect(printableJson(json)).toMatch(/^[\n -~öß😀]*$/u);
    expect(JSON.parse(printableJson(json))).toEqual(value);
  });
});
