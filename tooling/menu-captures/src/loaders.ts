import { execFile } from 'node:child_process';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { filesOfPackages } from './packages.js';

const run = promisify(execFile);

const MODULES = 'usr/lib/syslinux/modules/bios';

const LOADER_FILES = [
  'usr/lib/PXELINUX/pxelinux.0',
  ...['ldlinux', 'libcom32', 'libutil', 'menu', 'vesamenu', 'chain'].map(
    (name) => `${MODULES}/${name}.c32`,
  ),
];

/** Copies pxelinux and its modules to a directory. */
export async function provideLoaders(directory: string, workDirectory: string): Promise<void> {
  const packages = ['pxelinux', 'syslinux-common'];
  const root = await filesOfPackages(LOADER_FILES, packages, workDirectory);
  await mkdir(directory, { recursive: true });
  for (const file of LOADER_FILES) {
    await copyFile(join(root, file), join(directory, file.replace(/^.*\//, '')));
  }
}

const GRUB_MODULES = 'usr/lib/grub/i386-pc';

/** Parts of GRUB that the captured menus use. */
const GRUB_PARTS = [
  ...['pxe', 'tftp', 'net', 'normal', 'configfile', 'linux', 'linux16', 'chain', 'biosdisk'],
  ...['part_msdos', 'serial', 'terminal', 'echo', 'test', 'minicmd', 'halt', 'reboot'],
];

/**
 * Builds a GRUB for PXE in a directory, as `grub.0`, which reads `grub/grub.cfg` from its server.
 */
export async function provideGrub(directory: string, workDirectory: string): Promise<void> {
  const files = [`${GRUB_MODULES}/kernel.img`, `${GRUB_MODULES}/pxe.mod`];
  const root = await filesOfPackages(files, ['grub-pc-bin'], workDirectory);
  await mkdir(directory, { recursive: true });
  await run('grub-mkimage', [
    ...['--format', 'i386-pc-pxe', '--directory', join(root, GRUB_MODULES)],
    ...['--prefix', '(pxe)/grub', '--output', join(directory, 'grub.0'), ...GRUB_PARTS],
  ]);
}
