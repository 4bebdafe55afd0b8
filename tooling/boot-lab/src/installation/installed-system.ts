import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { efiLoaderFile, kernelFile } from '../store/store-files.js';
import { busyboxInitrd } from './busybox-initrd.js';

/**
 * Returns the text that the installed system of a host writes to the serial port; the system does nothing
 * else.
 */
export function installedSystemText(host: string): string {
  return `pxeboot lab: the installed system of ${host} has started`;
}

/** File in the new system that the preseed's late_command writes, and GRUB reads. */
export const LATE_FILE = '/EFI/debian/late.cfg';

/** Returns the shell command that gives the installed system the name of its host. */
export function lateCommand(host: string): string {
  return `echo set lab_host=${host} >/target${LATE_FILE}`;
}

/**
 * Configuration of GRUB on the disk, for BIOS and UEFI. Without the late command, the host is `unknown`.
 * `no_timer_check`: on a busy host, the kernel's check of the emulated timer fails and ends the boot.
 */
const GRUB_CONFIGURATION = `search --file --set=root /vmlinuz
set lab_host=unknown
source ($root)${LATE_FILE}
linux /vmlinuz console=ttyS0,115200 no_timer_check quiet lab.host=$lab_host
initrd /initrd.img
boot
`;

const INIT = `/bin/busybox mkdir /proc
/bin/busybox mount -t proc proc /proc
for word in $(/bin/busybox cat /proc/cmdline); do
  case $word in lab.host=*) host=\${word#lab.host=} ;; esac
done
echo "${installedSystemText('$host')}"
while :; do /bin/busybox sleep 3600; done
`;

/**
 * Writes the system that the stand-ins install: the kernel of the store, with an initrd that writes a line to
 * the serial port, and Debian's signed loaders for UEFI.
 *
 * @param directory - directory for its files
 * @returns files on this host by path in the new system
 */
export async function writeInstalledSystem(
  store: string,
  directory: string,
): Promise<ReadonlyMap<string, string>> {
  await mkdir(directory);
  const initrd = join(directory, 'initrd.img');
  await writeFile(initrd, await busyboxInitrd(INIT));
  const configuration = join(directory, 'grub.cfg');
  await writeFile(configuration, GRUB_CONFIGURATION);
  const loader = (name: string): Promise<string> => efiLoaderFile(store, { arch: 'amd64', name });
  return new Map([
    ['vmlinuz', await kernelFile(store, 'amd64')],
    ['initrd.img', initrd],
    ['EFI/debian/grub.cfg', configuration],
    ['EFI/debian/shimx64.efi', await loader('bootnetx64.efi')],
    ['EFI/debian/grubx64.efi', await loader('grubx64.efi')],
  ]);
}
