import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const PACKAGES = ['pxelinux', 'syslinux-common'] as const;

const LOADER_FILES = [
  'usr/lib/PXELINUX/pxelinux.0',
  'usr/lib/syslinux/modules/bios/ldlinux.c32',
  'usr/lib/syslinux/modules/bios/libcom32.c32',
  'usr/lib/syslinux/modules/bios/libutil.c32',
  'usr/lib/syslinux/modules/bios/menu.c32',
  'usr/lib/syslinux/modules/bios/vesamenu.c32',
] as const;

/**
 * Puts pxelinux and its menu modules into a directory: from the installed packages, else from
 * packages that apt downloads and that are only unpacked.
 */
export async function provideLoaders(directory: string, workDirectory: string): Promise<void> {
  const root = (await isComplete('/')) ? '/' : await unpackPackages(workDirectory);
  await mkdir(directory, { recursive: true });
  for (const file of LOADER_FILES) {
    await copyFile(join(root, file), join(directory, file.replace(/^.*\//, '')));
  }
}

async function isComplete(root: string): Promise<boolean> {
  const found = await Promise.allSettled(LOADER_FILES.map((file) => stat(join(root, file))));
  return found.every(({ status }) => status === 'fulfilled');
}

async function unpackPackages(workDirectory: string): Promise<string> {
  const root = join(workDirectory, 'packages');
  await mkdir(root, { recursive: true });
  if (await isComplete(root)) return root;
  await run('apt-get', ['download', ...PACKAGES], { cwd: root });
  for (const name of await readdir(root)) {
    if (name.endsWith('.deb')) await run('dpkg', ['-x', name, '.'], { cwd: root });
  }
  return root;
}
