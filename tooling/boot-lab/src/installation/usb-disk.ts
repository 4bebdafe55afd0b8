import { open, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { runCommand } from '@pxe/lab-host';

const DISK_BYTES = 96 * 1024 * 1024;
const SECTOR_BYTES = 512;
const PARTITION_OFFSET = 1024 * 1024;
/** Partition type of an EFI system partition, as sfdisk abbreviates it. */
const EFI_SYSTEM_PARTITION = 'U';
/**
 * Length of everything before the first file on the disk, in bytes: both copies of the FAT, and some reserve.
 */
const FORMATTED_BYTES = 2 * 1024 * 1024;
/** Length of the code in a boot sector, in bytes; the partition table follows it. */
const BOOT_CODE_BYTES = 440;

const GRUB_DIRECTORY = '/usr/lib/grub/i386-pc';
const GRUB_MODULES = [
  'biosdisk',
  'part_msdos',
  'fat',
  'normal',
  'linux',
  'search',
  'search_fs_file',
  'configfile',
];

/** Creates an empty disk. */
export async function createEmptyDisk(directory: string): Promise<string> {
  const file = join(directory, 'usb-disk.img');
  await writeFile(file, '');
  await truncate(file, DISK_BYTES);
  return file;
}

/**
 * Writes the beginning of a partitioned disk: GRUB for BIOS, and an empty EFI system partition with FAT, the
 * only file system that the installer's initrd has a driver for.
 *
 * @returns path of the compressed file
 */
export async function writeFormattedStart(directory: string): Promise<string> {
  const disk = join(directory, 'formatted.img');
  await writeFile(disk, '');
  await truncate(disk, DISK_BYTES);
  const table = join(directory, 'formatted.sfdisk');
  await writeFile(
    table,
    `label: dos\n${PARTITION_OFFSET / SECTOR_BYTES},,${EFI_SYSTEM_PARTITION}\n`,
  );
  await runCommand('sh', ['-c', 'exec sfdisk --quiet "$1" <"$2"', 'sh', disk, table]);
  const sectors = (DISK_BYTES - PARTITION_OFFSET) / SECTOR_BYTES;
  await runCommand('mformat', ['-i', partitionOf(disk), '-T', `${sectors}`, '::']);

  const core = join(directory, 'core.img');
  const target = ['-O', 'i386-pc', '-p', '(,msdos1)/EFI/debian', '-o', core];
  await runCommand('grub-mkimage', [...target, ...GRUB_MODULES]);
  const bootSector = await readFile(join(GRUB_DIRECTORY, 'boot.img'));
  const start = Buffer.alloc(FORMATTED_BYTES);
  const file = await open(disk, 'r+');
  try {
    // grub-bios-setup does the same, but only on a block device. The image expects to be in sector 1.
    await file.write(bootSector, 0, BOOT_CODE_BYTES, 0);
    await file.write(await readFile(core), 0, undefined, SECTOR_BYTES);
    await file.read(start, 0, FORMATTED_BYTES, 0);
  } finally {
    await file.close();
  }
  const compressed = join(directory, 'formatted.gz');
  await writeFile(compressed, gzipSync(start));
  return compressed;
}

/** Returns a text file of the installed system, while nothing writes to its disk. */
export function readInstalledFile(disk: string, path: string): Promise<string> {
  return runCommand('mtype', ['-i', partitionOf(disk), `::${path}`]);
}

function partitionOf(disk: string): string {
  return `${disk}@@${PARTITION_OFFSET}`;
}
