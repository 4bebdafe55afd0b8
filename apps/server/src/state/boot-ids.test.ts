import { describe, expect, it } from 'vitest';

import { firstBootId } from './boot-ids.js';

const NOW = Date.parse('2026-11-28T12:00:00Z');

describe('firstBootId', () => {
  it('ascends from one second to the next, whatever the random part', () => {
    expect(firstBootId(NOW + 1000, 0)).toBeGreaterThan(firstBootId(NOW, 0.999_999));
  });

  it('differs between daemons that start in the same second', () => {
    expect(firstBootId(NOW, 0.5) - firstBootId(NOW, 0.25)).toBe(2 ** 21);
  });

  it('stays an exact integer, whether the clock was never set or shows the year 2059', () => {
    expect(firstBootId(0, 0)).toBe(1);
    expect(firstBootId(Date.parse('2059-12-31T00:00:00Z'), 0.9)).toBeLessThan(2 ** 53);
  });
});
