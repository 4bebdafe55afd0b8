import { describe, expect, it } from 'vitest';

import { describeIoError } from './io-error.js';

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: failed, write`), { code, syscall: 'write' });
}

describe('describeIoError', () => {
  it.each([
    ['ENOSPC', 'ERR_NETBOOT_NO_SPACE', /no space or no inodes/, /df -i/],
    ['EDQUOT', 'ERR_NETBOOT_NO_SPACE', /quota/, /quota/],
    ['EROFS', 'ERR_NETBOOT_NO_PERMISSION', /read-only file system/, /mount/],
    ['EACCES', 'ERR_NETBOOT_NO_PERMISSION', /no permission/, /user who owns/],
    ['EXDEV', 'ERR_NETBOOT_IO', /another file system/, /one file system/],
  ])('says what to do about %s', (code, expected, message, hint) => {
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
});
