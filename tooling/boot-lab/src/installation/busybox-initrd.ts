import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

import { runCommand } from '@pxe/lab-host';

import { cpioArchive } from './cpio-archive.js';

/**
 * Returns a compressed initrd with this host's busybox.
 *
 * @param script - commands of `/init` in busybox's shell
 */
export async function busyboxInitrd(script: string): Promise<Buffer> {
  const busybox = (await runCommand('sh', ['-c', 'command -v busybox'])).trim();
  const libraries = (await runCommand('ldd', [busybox])).match(/(?<=\s)\/\S+/g) ?? [];
  const programs = await Promise.all(
    libraries.map(async (path) => ({
      path: path.slice(1),
      content: await readFile(path),
      isExecutable: true,
    })),
  );
  const init = Buffer.from(`#!/bin/busybox sh\n${script}`);
  const archive = cpioArchive([
    { path: 'init', content: init, isExecutable: true },
    { path: 'bin/busybox', content: await readFile(busybox), isExecutable: true },
    ...programs,
  ]);
  return gzipSync(archive);
}
