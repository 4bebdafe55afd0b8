import { posix } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isPlainPath } from './plain-path.js';

describe('plain path', () => {
  it.each([
    'linux',
    'netboot/debian-installer/amd64/grub/x86_64-efi/command.lst',
    'main/installer-amd64/20250803+deb13u7/images/SHA256SUMS',
    'a file with blanks',
    '..hidden/...',
  ])('accepts %j', (path) => {
    expect(isPlainPath(path)).toBe(true);
  });

  it.each([
    '',
    '/',
    '/etc/passwd',
    '..',
    'a/../b',
    './a',
    'a/./b',
    'a//b',
    'a/',
    'a\\..\\b',
    'C:\\a',
    'a\0b',
    'a\nb',
    'ä',
    'x'.repeat(256),
    'x/'.repeat(600) + 'x',
  ])('refuses %j', (path) => {
    expect(isPlainPath(path)).toBe(false);
  });

  it('accepts only paths that stay below a directory', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('.', '/', 'a', '\\', ' ') }), (path) => {
        if (!isPlainPath(path)) {
          return;
        }
        expect(posix.join('/root', path)).toBe(`/root/${path}`);
      }),
    );
  });
});
