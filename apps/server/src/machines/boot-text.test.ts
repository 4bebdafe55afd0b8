import { describe, expect, it } from 'vitest';

import { spanText } from './boot-text.js';

describe('spanText', () => {
  it.each([
    [-200, '0.0 s'],
    [740, '0.7 s'],
    [59_400, '59.4 s'],
    [59_600, '1 min 0 s'],
    [200_000, '3 min 20 s'],
    [3_599_600, '1 h 0 min'],
    [17_862_000, '4 h 57 min'],
  ])('shows %s ms in readable units', (milliseconds, text) => {
    expect(spanText(milliseconds)).toBe(text);
  });

  it('rounds to whole seconds on demand', () => {
    expect(spanText(4_200, 0)).toBe('4 s');
  });
});
