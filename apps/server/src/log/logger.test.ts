import { describe, expect, it } from 'vitest';

import { visibleJson } from './logger.js';

describe('a line of the log', () => {
  it.each([
    ['an escape that JSON has escaped', '\u001b[2J', '\\u{1b}[2J'],
    ['a carriage return', 'a\rb', 'a\\u{d}b'],
    ['a backspace', 'a\bb', 'a\\u{8}b'],
    ['a C1 control character', 'a\u009bb', 'a\\u{9b}b'],
    ['a right-to-left override', 'a\u202eb', 'a\\u{202e}b'],
    ['a lone surrogate', 'a\udc00b', 'a\\u{dc00}b'],
    ['a zero byte', 'a\0b', 'a\\u{0}b'],
  ])('shows %s', (_kind, text, shown) => {
    expect(JSON.parse(visibleJson(`${JSON.stringify({ err: text })}\n`))).toEqual({ err: shown });
  });

  it.each(['a\n\tb', 'a\\u001bb', 'C:\\\\u0007', 'größe "x" \\'])('keeps %j unchanged', (text) => {
    const line = `${JSON.stringify({ err: text })}\n`;
    expect(visibleJson(line)).toBe(line);
  });
});
