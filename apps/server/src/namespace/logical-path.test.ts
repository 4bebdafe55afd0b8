import { describe, expect, it } from 'vitest';

import { logicalPath, requestPath } from './logical-path.js';

describe('logicalPath', () => {
  it.each([
    ['lpxelinux.0', '/lpxelinux.0'],
    ['/lpxelinux.0', '/lpxelinux.0'],
    ['//grubx64.efi', '/grubx64.efi'],
    ['./a//b/./c', '/a/b/c'],
    ['\\boot\\x64/f', '/boot/x64/f'],
    ['bootnetx64.efi\xff', '/bootnetx64.efi\xff'],
  ])('normalises %j to %j', (name, path) => {
    expect(logicalPath(name)).toBe(path);
  });

  it.each(['', '/', '..', '../etc/passwd', 'a/../../b', '..\\b', 'a\0b', 'a'.repeat(1025)])(
    'refuses %j',
    (name) => {
      expect(logicalPath(name)).toBeUndefined();
    },
  );
});

describe('requestPath', () => {
  it.each([
    [
      '/debian/trixie/20250803+deb13u7/amd64/text/linux',
      '/debian/trixie/20250803+deb13u7/amd64/text/linux',
    ],
    ['/debian/trixie/20250803%2Bdeb13u7/linux', '/debian/trixie/20250803+deb13u7/linux'],
    ['//grubx64.efi', '/grubx64.efi'],
    ['http://192.0.2.1:8069/linux', '/linux'],
    ['/linux?x=/../y', '/linux'],
    ['/linux#fragment', '/linux'],
  ])('reads %s', (target, path) => {
    expect(requestPath(target)).toBe(path);
  });

  it.each(['/%zz', '/%2e%2e/etc/passwd', '/a%00b', '*', ''].filter((target) => target !== '*'))(
    'refuses %j',
    (target) => {
      expect(requestPath(target)).toBeUndefined();
    },
  );
});
