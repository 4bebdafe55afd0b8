import { posix, win32 } from 'node:path';

import { describe, expect, it } from 'vitest';

import { isWithin } from './root-directory.js';

describe('isWithin', () => {
  it.each([
    ['/srv/tftp', '/srv/tftp', true],
    ['/srv/tftp', '/srv/tftp/a/b', true],
    ['/srv/tftp', '/srv/tftp/..a', true],
    ['/', '/srv', true],
    ['/srv/tftp', '/srv', false],
    ['/srv/tftp', '/srv/tftpd', false],
    ['/srv/tftp', '/', false],
  ])('with POSIX paths, %s and %s: %s', (directory, found, is) => {
    expect(isWithin(directory, found, posix)).toBe(is);
  });

  it.each([
    ['C:\\tftp', 'C:\\tftp\\a', true],
    ['C:\\tftp', 'c:\\TFTP\\a', true],
    ['C:\\tftp', 'C:\\tftp\\..a', true],
    ['C:\\tftp', 'C:\\Windows', false],
    ['C:\\tftp', 'D:\\secrets', false],
    ['C:\\tftp', '\\\\server\\share\\a', false],
  ])('with Windows paths, %s and %s: %s', (directory, found, is) => {
    expect(isWithin(directory, found, win32)).toBe(is);
  });
});
