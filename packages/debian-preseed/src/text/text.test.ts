import { describe, expect, it } from 'vitest';

import { quoted, withoutControls } from './text.js';

describe('quoted', () => {
  it('cuts long texts and shows control characters', () => {
    expect(quoted('a\x1b[31m')).toBe('"a\\u{1b}[31m"');
    expect(quoted('x'.repeat(61))).toBe(`"${'x'.repeat(57)}..."`);
  });
});

describe('withoutControls', () => {
  it('escapes what a terminal would obey', () => {
    expect(withoutControls('\u0007\u202eü\u{e0041}')).toBe('\\u{7}\\u{202e}ü\\u{e0041}');
  });
});
