import { truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { runCommand } from '@pxe/lab-host';

import { efiLoaderFile } from '../store/store-files.js';

/** Loader of the system on the local disk: a boot sector or an EFI program. */
export type LocalDisk = 'bios' | 'uefi';

/** Text that the system writes to the serial port; the system does nothing else. */
export const LOCAL_SYSTEM_TEXT = 'pxeboot lab: the local disk has booted';

const BIOS_DISK_BYTES = 1024 * 1024;
const EFI_DISK_BYTES = 24 * 1024 * 1024;
const EFI_PARTITION_OFFSET = 1024 * 1024;
const EFI_PARTITION_BYTES = 16 * 1024 * 1024;
/** Partition type of an EFI system partition, as sfdisk abbreviates it. */
const EFI_SYSTEM_PARTITION = 'U';
const SECTOR_BYTES = 512;

/**
 * Real-mode code for address 0x7c00: writes the text after it to the first serial port (0x3f8) and
 * halts. It makes no BIOS calls, so that only the jump to the boot sector is tested.
 */
const BOOT_SECTOR_CODE = [
  ...[0xfc], // cld
  ...[0x31, 0xc0], // xor ax, ax
  ...[0x8e, 0xd8], // mov ds, ax
  ...[0xbe, 0x16, 0x7c], // mov si, 0x7c16: the text after this code
  ...[0xba, 0xf8, 0x03], // mov dx, 0x3f8
  ...[0xac], // next: lodsb
  ...[0x84, 0xc0], // test al, al
  ...[0x74, 0x03], // jz done
  ...[0xee], // out dx, al
  ...[0xeb, 0xf8], // jmp next
  ...[0xf4], // done: hlt
  ...[0xeb, 0xfd], // jmp done
];

/** Files that the installer writes to the disk, with their names in the store and on the disk. */
const EFI_LOADERS = [
  ['bootnetx64.efi', 'shimx64.efi'],
  ['grubx64.efi', 'grubx64.efi'],
] as const;

/**
 * Creates the disk.
 *
 * @param store - source of the signed loaders of an EFI disk
 * @returns the image's path
 */
export async function createLocalDisk(
  kind: LocalDisk,
  store: string,
  directory: string,
): Promise<string> {
  const file = join(directory, 'disk.img');
  if (kind === 'bios') {
    await writeBiosDisk(file);
  } else {
    await writeEfiDisk(file, store);
  }
  return file;
}

async function writeBiosDisk(file: string): Promise<void> {
  await writeFile(file, bootSector(LOCAL_SYSTEM_TEXT));
  await truncate(file, BIOS_DISK_BYTES);
}

/** Returns a boot sector that writes a text to the serial port. PXE boot programs start in the same way. */
export function bootSector(text: string): Buffer {
  const sector = Buffer.alloc(SECTOR_BYTES);
  sector.set(BOOT_SECTOR_CODE);
  sector.write(`${text}\r\n`, BOOT_SECTOR_CODE.length, 'latin1');
  sector.writeUInt16LE(0xaa55, SECTOR_BYTES - 2);
  return sector;
}

/**
 * Writes a disk with an EFI system partition as Debian's installer leaves it: the signed shim and GRUB, and
 * their `grub.cfg`, which prints the text instead of continuing on another partition.
 */
async function writeEfiDisk(file: string, store: string): Promise<void> {
  const configuration = join(dirname(file), 'disk-grub.cfg');
  const lines = ['terminal_output console', `echo '${LOCAL_SYSTEM_TEXT}'`, 'sleep 600'];
  await writeFile(configuration, `${lines.join('\n')}\n`);
  await writeFile(file, '');
  await truncate(file, EFI_DISK_BYTES);
  const [start, size] = [EFI_PARTITION_OFFSET, EFI_PARTITION_BYTES].map(
    (bytes) => `${bytes / SECTOR_BYTES}`,
  );
  const table = join(dirname(file), 'disk.sfdisk');
  await writeFile(table, `label: gpt\n${start},${size},${EFI_SYSTEM_PARTITION}\n`);
  await runCommand('sh', ['-c', 'exec sfdisk --quiet "$1" <"$2"', 'sh', file, table]);

  const partition = ['-i', `${file}@@${EFI_PARTITION_OFFSET}`];
  await runCommand('mformat', [...partition, '-T', `${size}`, '::']);
  await runCommand('mmd', [...partition, '::EFI', '::EFI/debian']);
  for (const [name, place] of EFI_LOADERS) {
    const loader = await efiLoaderFile(store, { arch: 'amd64', name });
    await runCommand('mcopy', [...partition, loader, `::EFI/debian/${place}`]);
  }
  await runCommand('mcopy', [...partition, configuration, '::EFI/debian/grub.cfg']);
}
