import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { efiLoaderFile } from './store-files.js';

/**
 * A copy of a store in which one bit of GRUB's code is not Debian's: what someone who can write to
 * the disk, or sits on the network, might hand out.
 *
 * @param directory of the run
 */
export async function tamperedStore(store: string, directory: string): Promise<string> {
  const copy = join(directory, 'tampered-store');
  await cp(store, copy, { recursive: true });
  const file = await efiLoaderFile(copy, { arch: 'amd64', name: 'grubx64.efi' });
  const grub = await readFile(file);
  const middle = Math.floor(grub.length / 2);
  grub.writeUInt8(grub.readUInt8(middle) ^ 1, middle);
  await rm(file);
  await writeFile(file, grub);
  return copy;
}
