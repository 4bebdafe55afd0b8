import { describe, expect, it } from 'vitest';

import { FileCursor, type SourceLine } from './file-cursor.js';

function read(text: string): readonly SourceLine[] {
  const cursor = new FileCursor('f', text);
  const lines: SourceLine[] = [];
  for (let line = cursor.next(); line !== undefined; line = cursor.next()) {
    lines.push(line);
  }
  return lines;
}

describe('FileCursor', () => {
  it('cuts lines at LF, CR and NUL', () => {
    expect(read('a\nb\rc\nd\0e\n\nlast').map(({ text }) => text)).toEqual([
      'a',
      'b',
      'd',
      '',
      'last',
    ]);
    expect(read('b\rc\nd\0e\n').map(({ raw }) => raw)).toEqual(['b\rc\n', 'd']);
    expect(read('')).toEqual([]);
  });

  it('splits lines where fgets does: after 4095 bytes', () => {
    const lines = read(`${'x'.repeat(4095)}\n${'y'.repeat(4096)}z\nend\n`);
    expect(lines.map(({ text }) => text.length)).toEqual([4095, 0, 4095, 2, 3]);
    expect(lines.map(({ span }) => `${span.line}:${span.column}+${span.length}`)).toEqual([
      '1:1+4095',
      '1:4096+0',
      '2:1+4095',
      '2:4096+2',
      '3:1+3',
    ]);
    expect(lines.map(({ isTail }) => isTail)).toEqual([false, true, false, true, false]);
  });
});
