import { describe, expect, it } from 'vitest';

import { nearMiss } from './near-miss.js';

const paths = new Map(
  ['/lpxelinux.0', '/bootnetx64.efi', '/debian-installer/amd64/grubx64.efi', '/grubx64.efi'].map(
    (path) => [path.toLowerCase(), path],
  ),
);

const LONGEST = Math.max(...[...paths.keys()].map(({ length }) => length));

describe('nearMiss', () => {
  it.each([
    ['/LPXELINUX.0', 'names are case-sensitive; use lpxelinux.0'],
    ['/tftpboot/lpxelinux.0', 'set the DHCP file name to lpxelinux.0, without /tftpboot/'],
    [
      '/a\n\u001B[2J/lpxelinux.0',
      String.raw`set the DHCP file name to lpxelinux.0, without /a\u{a}\u{1b}[2J/`,
    ],
    ['/srv/tftp/BOOTNETX64.EFI', 'set the DHCP file name to bootnetx64.efi, without /srv/tftp/'],
    [
      '/srv/tftp/debian-installer/amd64/grubx64.efi',
      'set the DHCP file name to debian-installer/amd64/grubx64.efi, without /srv/tftp/',
    ],
    [
      '/EFI/BOOT/BOOTX64.EFI',
      'this is a loader of another boot server; set the DHCP file name to bootnetx64.efi',
    ],
    [
      '/undionly.kpxe',
      'this is a loader of another boot server; set the DHCP file name to lpxelinux.0',
    ],
    ['/1234abcd/start4.elf', 'a Raspberry Pi requests its firmware'],
    ['/dc-a6-32-01-36-c2/config.txt', 'a Raspberry Pi requests its firmware'],
  ])('explains %s', (path, words) => {
    expect(nearMiss(path, paths, LONGEST)).toContain(words);
  });

  it.each(['/revocations_sku.efi', '/pxelinux.cfg/01-52-54-00-12-34-56', '/bootaa64.efi', '/x'])(
    'explains nothing for %s',
    (path) => {
      expect(nearMiss(path, paths, LONGEST)).toBeUndefined();
    },
  );

  it('looks up no more of a long name than a served path could contain', () => {
    let lookedUp = 0;
    const counting = new (class extends Map<string, string> {
      override get(key: string): string | undefined {
        lookedUp += key.length;
        return paths.get(key);
      }
    })();
    const folders = '/a'.repeat(511);
    expect(nearMiss(folders, counting, LONGEST)).toBeUndefined();
    expect(lookedUp).toBeLessThan(folders.length + LONGEST ** 2);
    expect(nearMiss(`${folders}/lpxelinux.0`, paths, LONGEST)).toContain('lpxelinux.0, without');
  });
});
