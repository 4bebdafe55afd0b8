import { describe, expect, it } from 'vitest';

import { type Figure } from '../figure/figure.js';
import { markdownTable } from './markdown-table.js';

const peak: Figure = { title: 'peak', unit: 'megabytes', target: { most: 200e6 } };
const rate: Figure = { title: 'a | b', unit: 'bytes per second' };

describe('markdownTable', () => {
  it('has a column for each build, and marks what misses its target', () => {
    const table = markdownTable(
      [
        { title: 'before', measurements: [{ figure: peak, value: 395e6, note: 'still grows' }] },
        { title: 'after', measurements: [{ figure: peak, value: 150e6 }] },
      ],
      1,
    );
    expect(table.split('\n')).toEqual([
      '| figure | before | after | target |',
      '| --- | --- | --- | --- |',
      '| peak | **395 MB** (still grows) | 150 MB | <= 200 MB |',
    ]);
  });

  it('leaves a cell empty if an attack was not run', () => {
    const table = markdownTable(
      [
        { title: 'before', measurements: [] },
        { title: 'after', measurements: [{ figure: peak, value: 1e6 }] },
      ],
      1,
    );
    expect(table).toContain('| peak |  | 1 MB | <= 200 MB |');
  });

  it('keeps text from breaking the table', () => {
    const measurement = { figure: rate, value: 1_000, note: 'x | y\nz' };
    const table = markdownTable([{ title: 'figure', measurements: [measurement] }], 1);
    expect(table.split('\n')).toHaveLength(3);
    expect(table).toContain(String.raw`| a \| b | 1 kB/s (x \| y z) |  |`);
  });
});
