import { describe, expect, it } from 'vitest';

import { atoi, strtoul } from './numbers.js';

describe('numbers', () => {
  it('atoi reads what C reads, within 32 bits', () => {
    const cases: readonly [string, number][] = [
      ['42', 42],
      ['  -7x', -7],
      ['+3', 3],
      ['x', 0],
      ['', 0],
      ['\u00a05', 5],
      ['99999999999', 1_215_752_191],
      ['-99999999999', -1_215_752_191],
      ['4294967295', -1],
    ];
    for (const [text, value] of cases) {
      expect(atoi(text)).toBe(value);
    }
  });

  it('strtoul with base 0 reads decimal, hexadecimal and octal', () => {
    const cases: readonly [string, number][] = [
      ['10', 10],
      [' 0x1F', 31],
      ['010', 8],
      ['0', 0],
      ['09', 0],
      ['x', 0],
      ['', 0],
      ['0x', 0],
      ['-1', 0xffff_ffff],
      ['+0x80', 0x80],
      ['0xffff', 0xffff],
      ['18446744073709551615', 0xffff_ffff],
      ['0x1ffffffff', 0xffff_ffff],
    ];
    for (const [text, value] of cases) {
      expect(strtoul(text)).toBe(value);
    }
  });
});
