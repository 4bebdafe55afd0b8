import { describe, expect, it } from 'vitest';

import { logicalPath } from './logical-path.js';

describe('logicalPath', () => {
  it.each([
    ['lpxelinux.0', '/lpxelinux.0'],
    ['/lpxelinux.0', '/lpxelinux.0'],
    ['//grubx64.efi', '/grubx64.efi'],
    ['./a//b/./c', '/a/b/c'],
    ['\\boot\\x64/f', '/boot/x64/f'],
    ['bootnetx64.efi\xff', '/bootnetx64.efi\xff'],
  ])('brings %j to %j', (name, path) => {
    expect(logicalPath(name)).toBe(path);
  });

  it.each(['', '/', '..', '../etc/passwd', 'a/../../b', '..\\b', 'a\0b', 'a'.repeat(1025)])(
    'refuses %j',
    (name) => {
      expect(logicalPath(name)).toBeUndefined();
    },
  );
});
