import { describe, expect, it } from 'vitest';

import { atLeast, atMost, formatTarget, formatValue, meetsTarget, noteOf } from './figure.js';

const peak = atMost('peak', 200e6, 'megabytes');
const finished = atLeast('finished', 200, 'count');
const latency = atMost('p99', 1_000, 'milliseconds');

describe('meetsTarget', () => {
  it('counts the bound itself as met', () => {
    expect(meetsTarget({ figure: peak, value: 200e6 }, 1)).toBe(true);
    expect(meetsTarget({ figure: peak, value: 200e6 + 1 }, 1)).toBe(false);
    expect(meetsTarget({ figure: finished, value: 200 }, 1)).toBe(true);
    expect(meetsTarget({ figure: finished, value: 199 }, 1)).toBe(false);
  });

  it('applies the margin only to figures of speed', () => {
    expect(meetsTarget({ figure: latency, value: 2_900 }, 3)).toBe(true);
    expect(meetsTarget({ figure: latency, value: 3_100 }, 3)).toBe(false);
    expect(meetsTarget({ figure: peak, value: 300e6 }, 3)).toBe(false);
  });

  it('counts a figure that was not measured as missed', () => {
    expect(meetsTarget({ figure: peak, value: NaN }, 1)).toBe(false);
    expect(meetsTarget({ figure: finished, value: NaN }, 1)).toBe(false);
  });

  it('counts an infinite value as meeting a target of "at least"', () => {
    expect(meetsTarget({ figure: finished, value: Infinity }, 1)).toBe(true);
  });

  it('says nothing about a figure without a target', () => {
    expect(meetsTarget({ figure: { title: 'x', unit: 'count' }, value: 7 }, 1)).toBeUndefined();
  });
});

describe('formatValue', () => {
  it.each([
    [91.06, 'ratio', '91.1x'],
    [2_570_000, 'ratio', '2,570,000x'],
    [1_548, 'bytes', '1,548 B'],
    [4_149e6, 'megabytes', '4,149 MB'],
    [5_000, 'bytes per second', '5 kB/s'],
    [238_400, 'bytes per second', '238 kB/s'],
    [5.25e6, 'bytes per second', '5.25 MB/s'],
    [0.0123, 'bytes per packet', '0.0123 B'],
    [390.4, 'bytes per packet', '390 B'],
    [12.6, 'milliseconds', '13 ms'],
    [Infinity, 'bytes per second', 'none'],
    [NaN, 'count', 'not measured'],
  ] as const)('writes %d of %s as %s', (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text);
  });
});

describe('formatTarget', () => {
  it('names the direction', () => {
    expect(formatTarget(peak)).toBe('<= 200 MB');
    expect(formatTarget(finished)).toBe('>= 200');
    expect(formatTarget({ title: 'x', unit: 'count' })).toBe('');
  });
});

describe('noteOf', () => {
  it('names two, and counts the rest', () => {
    expect(noteOf([])).toBeUndefined();
    expect(noteOf(['a'])).toBe('a');
    expect(noteOf(['a', 'b'])).toBe('a, b');
    expect(noteOf(['a', 'b', 'c', 'd'])).toBe('a, b, and 2 more');
  });
});
