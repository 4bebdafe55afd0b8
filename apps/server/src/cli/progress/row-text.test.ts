import { describe, expect, it } from 'vitest';

import { rowText } from './row-text.js';

const ROW = {
  title: 'bookworm amd64 text',
  received: 52_100_000,
  total: 120_000_000,
  speed: 3_010_000,
  secondsLeft: 22.5,
};

function drawBar(fraction: number, columns: number): string {
  return '#'.repeat(Math.round(fraction * columns)).padEnd(columns, '-');
}

describe('rowText', () => {
  it.each([
    [
      120,
      '##########--------------   43%  52.1 MB of 120 MB   3.01 MB/s  23s left  bookworm amd64 text',
    ],
    [80, '#####------   43%  52.1 MB of 120 MB   3.01 MB/s  23s left  bookworm amd64 text'],
    [60, '#####------   43%  3.01 MB/s  23s left  bookworm amd64 text'],
    [50, '#####-------   43%  23s left  bookworm amd64 text'],
    [40, ' 43%  23s left  bookworm amd64 text'],
    [20, ' 43%  23s left  boo'],
  ])('fits into %i columns', (columns, expected) => {
    const text = rowText(ROW, 19, columns, drawBar);
    expect(text).toBe(expected);
    expect(text.length).toBeLessThan(columns);
  });

  it('keeps the columns of rows with shorter titles', () => {
    const total = rowText({ ...ROW, title: 'total', received: 9 }, 19, 80, drawBar);
    const image = rowText(ROW, 19, 80, drawBar);
    expect(total.indexOf('%')).toBe(image.indexOf('%'));
    expect(total.indexOf('/s')).toBe(image.indexOf('/s'));
  });

  it.each([
    [undefined, '--'],
    [59, '59s left'],
    [61, '1m1s'],
    [3661, '1h1m'],
  ])('formats %s seconds as %s', (secondsLeft, expected) => {
    expect(rowText({ ...ROW, secondsLeft }, 19, 80, drawBar)).toContain(` ${expected}  bookworm`);
  });
});
