import { describe, expect, it } from 'vitest';

import { fileReason, isMissingFile } from './file-reason.js';

function failed(code: string): Error {
  return Object.assign(new Error(`${code}: failed, open 'x'`), { code });
}

describe('fileReason', () => {
  it.each([
    [failed('ENOENT'), 'this file does not exist (ENOENT)'],
    [failed('ENOTDIR'), 'a part of this path is not a directory (ENOTDIR)'],
    [failed('EISDIR'), 'this is a directory, not a file (EISDIR)'],
    [failed('ENXIO'), 'this is not a regular file (ENXIO)'],
    [failed('ENODEV'), 'the system reports ENODEV'],
    [new Error('expected mode 0600, got 0644'), 'expected mode 0600, got 0644'],
    ['odd', 'odd'],
  ])('explains what %s means', (error, reason) => {
    expect(fileReason(error)).toBe(reason);
  });
});

describe('isMissingFile', () => {
  it('is true only for a path that does not exist', () => {
    expect(['ENOENT', 'ENOTDIR', 'EACCES'].map((code) => isMissingFile(failed(code)))).toEqual([
      true,
      true,
      false,
    ]);
    expect(isMissingFile('ENOENT')).toBe(false);
  });
});
