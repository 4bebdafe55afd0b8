import { describe, expect, it } from 'vitest';

import { nearMiss } from './near-miss.js';

const paths = new Map(
  ['/lpxelinux.0', '/bootnetx64.efi', '/debian-installer/amd64/grubx64.efi', '/grubx64.efi'].map(
    (path) => [path.toLowerCase(), path],
  ),
);

describe('nearMiss', () => {
  it.each([
    ['/LPXELINUX.0', 'names are case-sensitive, and this one is spelled lpxelinux.0'],
    ['/tftpboot/lpxelinux.0', 'name lpxelinux.0 in DHCP, without /tftpboot/ before it'],
    ['/srv/tftp/BOOTNETX64.EFI', 'name bootnetx64.efi in DHCP, without /srv/tftp/ before it'],
    [
      '/srv/tftp/debian-installer/amd64/grubx64.efi',
      'name debian-installer/amd64/grubx64.efi in DHCP, without /srv/tftp/ before it',
    ],
    ['/EFI/BOOT/BOOTX64.EFI', 'it is a loader of other boot servers; name bootnetx64.efi in DHCP'],
    ['/undionly.kpxe', 'it is a loader of other boot servers; name lpxelinux.0 in DHCP'],
    ['/1234abcd/start4.elf', 'a Raspberry Pi asks for its firmware'],
  ])('explains %s', (path, words) => {
    expect(nearMiss(path, paths)).toContain(words);
  });

  it.each(['/revocations_sku.efi', '/pxelinux.cfg/01-52-54-00-12-34-56', '/bootaa64.efi', '/x'])(
    'has nothing to say about %s',
    (path) => {
      expect(nearMiss(path, paths)).toBeUndefined();
    },
  );
});
