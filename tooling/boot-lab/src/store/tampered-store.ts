import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { currentGeneration, efiLoaderFile } from './store-files.js';

/**
 * Returns a copy of a store with one bit of GRUB's code flipped, as an attacker on the network or
 * with access to the disk might. The manifest and its checksum are adapted, since the daemon only
 * serves files that match the manifest.
 *
 * @param directory - of the run
 */
export async function tamperedStore(store: string, directory: string): Promise<string> {
  const copy = join(directory, 'tampered-store');
  // A daemon that serves the store has a socket there, which cannot be copied.
  await cp(store, copy, { recursive: true, filter: (path) => !path.endsWith('.sock') });
  const file = await efiLoaderFile(copy, { arch: 'amd64', name: 'grubx64.efi' });
  const grub = await readFile(file);
  const middle = Math.floor(grub.length / 2);
  grub.writeUInt8(grub.readUInt8(middle) ^ 1, middle);
  const sha256 = sha256Of(grub);
  const folder = join(dirname(dirname(file)), sha256.slice(0, 2));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, sha256), grub);

  const generation = join(copy, 'generations', await currentGeneration(copy));
  const manifest = join(generation, 'manifest.json');
  const before = await readFile(manifest, 'utf8');
  const after = before.replaceAll(basename(file), sha256);
  await writeFile(manifest, after);
  const checksums = join(generation, 'SHA256SUMS');
  const sums = await readFile(checksums, 'utf8');
  await writeFile(checksums, sums.replace(sha256Of(before), sha256Of(after)));
  return copy;
}

function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
