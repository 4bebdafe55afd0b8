import { describe, expect, it } from 'vitest';

import { lookingAt, restOfLine, skipBlanks, wordAt } from './keyword.js';

describe('keywords', () => {
  it('match in both cases and with other characters that differ only in bit 0x20', () => {
    expect(lookingAt('MeNu label', 0, 'menu')).toBe(4);
    expect(lookingAt('  label', 2, 'label')).toBe(7);
    expect(lookingAt('m%nu', 0, 'menu')).toBeUndefined();
    expect(lookingAt('ME\u004eU\tx', 0, 'menu')).toBe(4);
    expect(lookingAt('@', 0, '`')).toBe(1);
  });

  it('end at a blank or the end of the line', () => {
    expect(lookingAt('menus', 0, 'menu')).toBeUndefined();
    expect(lookingAt('men', 0, 'menu')).toBeUndefined();
    expect(lookingAt('menu\u0001', 0, 'menu')).toBe(4);
    expect(lookingAt('menu\u007f', 0, 'menu')).toBe(4);
    expect(lookingAt('menu\u00a0', 0, 'menu')).toBeUndefined();
    expect(lookingAt('menu\u000b', 0, 'menu')).toBe(4);
  });

  it('are followed by words and the rest of the line', () => {
    expect(skipBlanks(' \t\b x', 0)).toBe(4);
    expect(skipBlanks(' \u00a0\u0001', 0)).toBe(2);
    expect(restOfLine('a  b c ', 1)).toBe('b c ');
    expect(wordAt('ab\tc', 0)).toBe('ab');
    expect(wordAt('ab', 2)).toBe('');
  });
});
