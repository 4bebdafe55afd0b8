import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { currentGeneration, efiLoaderFile, initrdFile, kernelFile } from './store-files.js';

/**
 * Change to a store.
 *
 * - `forgetful`: the daemon remembers nothing of earlier runs
 * - `tampered GRUB`, `tampered kernel`: one bit of the file is flipped, as an attacker on the network or with
 *   access to the disk might
 * - `stale`: the archive no longer has the modules of any kernel
 * - `empty`: the store has no images
 */
export type StoreChange = 'forgetful' | 'tampered GRUB' | 'tampered kernel' | 'stale' | 'empty';

/**
 * Files of the daemons that serve the store and refresh it: its state, its lease, and files that may vanish.
 * A socket cannot even be copied.
 */
const OF_DAEMONS = /^\/(?:state\.[^/]*|[^/]*\.sock|lease[^/]*|partial|tmp|work)$/;

/**
 * Returns a changed copy of a store. The manifest and its checksum are adapted, since the daemon only
 * serves files that match the manifest.
 *
 * @param directory - directory of the run
 */
export async function changedStore(
  store: string,
  change: StoreChange,
  directory: string,
): Promise<string> {
  const copy = join(directory, 'changed-store');
  if (change === 'empty') {
    await mkdir(copy);
    return copy;
  }
  await cp(store, copy, {
    recursive: true,
    filter: (path) => !OF_DAEMONS.test(path.slice(store.length)),
  });
  switch (change) {
    case 'forgetful':
      break;
    case 'tampered GRUB':
      await tamper(copy, await efiLoaderFile(copy, { arch: 'amd64', name: 'grubx64.efi' }));
      break;
    case 'tampered kernel':
      await tamper(copy, await kernelFile(copy, 'amd64'));
      break;
    case 'stale':
      await rewriteManifest(copy, (text) => text.replaceAll(/"abi": ?"ok"/g, '"abi":"stale"'));
      break;
  }
  return copy;
}

/**
 * Appends a second initrd to that of the newest suite for amd64: Linux unpacks one after the other.
 *
 * @param store - a changed store
 * @param archive - cpio archive, compressed
 */
export async function addInitrd(store: string, archive: Uint8Array): Promise<void> {
  const file = await initrdFile(store, 'amd64');
  await replaceFile(store, file, Buffer.concat([await readFile(file), archive]));
}

/** Flips a bit in the middle of a file, in code that its signature covers. */
async function tamper(store: string, file: string): Promise<void> {
  const content = await readFile(file);
  const middle = Math.floor(content.length / 2);
  content.writeUInt8(content.readUInt8(middle) ^ 1, middle);
  await replaceFile(store, file, content);
}

async function replaceFile(store: string, file: string, content: Uint8Array): Promise<void> {
  const { size } = await stat(file);
  const sha256 = sha256Of(content);
  const folder = join(dirname(dirname(file)), sha256.slice(0, 2));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, sha256), content);
  const old = new RegExp(`"${basename(file)}",(\\s*)"size":( ?)${size}\\b`, 'g');
  await rewriteManifest(store, (text) =>
    text.replaceAll(old, `"${sha256}",$1"size":$2${content.length}`),
  );
}

async function rewriteManifest(store: string, rewrite: (text: string) => string): Promise<void> {
  const generation = join(store, 'generations', await currentGeneration(store));
  const manifest = join(generation, 'manifest.json');
  const before = await readFile(manifest, 'utf8');
  const after = rewrite(before);
  await writeFile(manifest, after);
  const checksums = join(generation, 'SHA256SUMS');
  const sums = await readFile(checksums, 'utf8');
  await writeFile(checksums, sums.replace(sha256Of(before), sha256Of(after)));
}

function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
