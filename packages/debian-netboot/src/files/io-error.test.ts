import { describe, expect, it } from 'vitest';

import { NetbootError } from '../errors.js';
import {
  describeIoError,
  isExisting,
  isInaccessible,
  isNotFound,
  isOutOfSpace,
  isUnreadable,
  withIoErrors,
} from './io-error.js';

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: failed, write`), { code, syscall: 'write' });
}

describe('describeIoError', () => {
  it.each([
    ['ENOSPC', 'ERR_NETBOOT_NO_SPACE', /no space or no inodes/, /df -i/],
    ['EDQUOT', 'ERR_NETBOOT_NO_SPACE', /quota/, /quota/],
    ['EROFS', 'ERR_NETBOOT_NO_PERMISSION', /read-only file system/, /mount/],
    ['EACCES', 'ERR_NETBOOT_NO_PERMISSION', /no permission/, /user who owns/],
    ['EXDEV', 'ERR_NETBOOT_IO', /different file system/, /one file system/],
  ])('gives advice about %s', (code, expected, message, hint) => {
    expect(describeIoError(failure(code), '/store/blobs')).toMatchObject({
      code: expected,
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(hint) as string,
    });
  });

  it('names the file in any other system error', () => {
    expect(describeIoError(failure('EUCLEAN'), '/store/blobs')).toMatchObject({
      code: 'ERR_NETBOOT_IO',
      message: 'cannot use /store/blobs: EUCLEAN: failed, write',
    });
  });

  it.each([
    ['ENOENT', '/store/blobs', 'cannot use /store/blobs: it does not exist (ENOENT)'],
    ['ENOENT', undefined, 'cannot use /store/blobs: it does not exist (ENOENT)'],
    ['ENOENT', '/store/a', 'cannot use /store/blobs: /store/a does not exist (ENOENT)'],
    [
      'ENOENT',
      '/store/blobs.1.part',
      'cannot use /store/blobs: its directory does not exist (ENOENT)',
    ],
    [
      'ENOTDIR',
      undefined,
      'cannot use /store/blobs: it, or a part of its path, is not a directory (ENOTDIR)',
    ],
    ['EISDIR', undefined, 'cannot use /store/blobs: it is a directory, not a file (EISDIR)'],
  ])('explains what %s at %s means', (code, path, message) => {
    const error = Object.assign(failure(code), path === undefined ? {} : { path });
    expect(describeIoError(error, '/store/blobs')).toMatchObject({
      code: 'ERR_NETBOOT_IO',
      message,
    });
  });

  it("prefers the path of the system call to the operation's", () => {
    const error = Object.assign(failure('EPERM'), { path: '/store/blobs/aa' });
    expect(describeIoError(error, '/store')).toMatchObject({
      message: 'no permission to use /store/blobs/aa',
    });
  });

  it('returns every other error unchanged', async () => {
    const other = new NetbootError('ERR_NETBOOT_IO', 'x');
    const code = Object.assign(new Error('x'), { code: 'ERR_ODD' });
    for (const error of [other, code, new TypeError('y'), 'text', undefined]) {
      expect(describeIoError(error, '/store')).toBe(error);
      await expect(withIoErrors('/store', () => Promise.reject(error as Error))).rejects.toBe(
        error,
      );
    }
  });
});

describe('kinds of failures', () => {
  const wrapped = (code: string): NetbootError =>
    new NetbootError('ERR_NETBOOT_IO', 'x', { cause: failure(code) });

  it.each([
    [isNotFound, ['ENOENT'], true],
    [isExisting, ['EEXIST'], false],
    [isUnreadable, ['EIO', 'EBADMSG', 'EUCLEAN'], false],
    [isInaccessible, ['EACCES', 'EPERM'], false],
    [isOutOfSpace, ['ENOSPC', 'EDQUOT'], true],
  ] as const)('%o recognises its error codes', (is, codes, seesCauses) => {
    for (const code of codes) {
      expect(is(failure(code))).toBe(true);
      expect(is(wrapped(code))).toBe(seesCauses);
    }
    for (const error of [failure('EMFILE'), wrapped('EMFILE'), new Error('x'), 'ENOENT', null]) {
      expect(is(error)).toBe(false);
    }
  });

  it.each(['UNKNOWN', 'Unknown system error -122'])(
    'recognises errors that Node.js has no name for, and reports as %s',
    (code) => {
      const unnamed = (errno: number): Error => Object.assign(failure(code), { errno });
      expect(isOutOfSpace(unnamed(-122))).toBe(true);
      expect(describeIoError(unnamed(-122), '/store')).toMatchObject({
        hint: expect.stringMatching(/quota/) as string,
      });
      expect(isUnreadable(unnamed(-74))).toBe(true);
      expect(isUnreadable(unnamed(-117))).toBe(true);
      expect(isUnreadable(unnamed(-1))).toBe(false);
    },
  );
});
