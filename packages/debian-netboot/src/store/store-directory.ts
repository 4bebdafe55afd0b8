import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { NetbootError } from '../errors.js';
import { isNotFound, isUnreadable } from '../files/io-error.js';
import { isGenerationId, type StoreLayout } from './layout.js';
import { expectOwn } from './store-owner.js';

/** Mode of the store's directories, whatever the umask: nobody else may write. */
const DIRECTORY_MODE = 0o755;

/** Names in a directory that the store makes for itself. */
export type OwnName = (name: string) => boolean;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Drafts of files, and of generations. */
export const isTemporaryName: OwnName = (name) => UUID.test(name) || isGenerationId(name);

/** Files and downloads, by their hash. */
export const isHashName: OwnName = (name) => /^[0-9a-f]{64}$/.test(name);

/** The folder of files whose hash begins so. */
export const isHashFolder: OwnName = (name) => /^[0-9a-f]{2}$/.test(name);

/** Makes a directory, and those above it, for its owner to write in. */
export async function makeDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: DIRECTORY_MODE });
}

/**
 * Names in a directory; none if it does not exist, or the disk cannot read it: what is in there can be
 * looked up by its name, if at all. For those who look for more than they need; whoever removes what is
 * not listed elsewhere must know that the list is whole.
 */
export async function readableNames(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (isNotFound(error) || isUnreadable(error)) {
      return [];
    }
    throw error;
  }
}

/** Removes what the store has made in a directory, and nothing else. Links are not followed. */
export async function removeOwn(
  path: string,
  isOwn: OwnName,
  isDue: (entry: string) => Promise<boolean> = () => Promise.resolve(true),
): Promise<void> {
  for (const name of await readableNames(path)) {
    const entry = join(path, name);
    if (isOwn(name) && (await isDue(entry))) {
      await rm(entry, { recursive: true, force: true });
    }
  }
}

/** Removes what {@link removeOwn} would, if it has not changed for some time. */
export async function removeOwnOlderThan(
  path: string,
  isOwn: OwnName,
  ageMs: number,
): Promise<void> {
  const oldest = Date.now() - ageMs;
  await removeOwn(path, isOwn, async (entry) => (await lstat(entry)).mtimeMs < oldest);
}

/**
 * Removes what the store has made in a directory, the oldest first, until the files that are left hold
 * no more than so many bytes.
 *
 * @param isKept - names that are left, and do not count
 */
export async function trimOwn(
  path: string,
  isOwn: OwnName,
  maxBytes: number,
  isKept: OwnName = () => false,
): Promise<void> {
  const names = (await readableNames(path)).filter((name) => isOwn(name) && !isKept(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const entry = join(path, name);
      const { mtimeMs, size } = await lstat(entry);
      return { entry, mtimeMs, size };
    }),
  );
  let bytes = 0;
  for (const { entry, size } of found.sort((left, right) => right.mtimeMs - left.mtimeMs)) {
    bytes += size;
    if (bytes > maxBytes) {
      await rm(entry, { recursive: true, force: true });
    }
  }
}

/**
 * Refuses to write into a directory that is not a store: a mistyped path must not cost anyone their
 * files. An empty directory will do, a missing one too, and one that was being made into a store when
 * its process was killed.
 *
 * @throws NetbootError `ERR_NETBOOT_NOT_A_STORE`
 */
export async function expectStoreOrEmpty(layout: StoreLayout): Promise<void> {
  if ((await kindOf(layout.format)) !== 'missing') {
    return;
  }
  for (const name of await namesIn(layout.root)) {
    // A file system of its own has this at its root.
    if (name === 'lost+found') {
      continue;
    }
    if (!(await isHalfMade(layout, join(layout.root, name)))) {
      throw notAStore(layout, name);
    }
  }
}

/** Whether a path is one of the store's own directories, with nothing in it that is anyone's. */
async function isHalfMade(layout: StoreLayout, path: string): Promise<boolean> {
  const isKnown = ownDirectories(layout).includes(path);
  if (!isKnown || (await kindOf(path)) !== 'directory') {
    return false;
  }
  const names = await namesIn(path);
  if (path === layout.temporary) {
    return names.every(isTemporaryName);
  }
  if (path !== join(layout.blobs, '..')) {
    return names.length === 0;
  }
  return names.every((name) => name === 'sha256') && (await namesIn(layout.blobs)).length === 0;
}

/**
 * Refuses a store in which a link stands where the store writes: what it leads to is not the store's.
 * As root, refuses one that someone else controls, too.
 *
 * @throws NetbootError `ERR_NETBOOT_STORE_HAS_LINKS`, `ERR_NETBOOT_STORE_NOT_OWNED`
 */
export async function expectOwnStore(layout: StoreLayout): Promise<void> {
  await expectOwn(layout.root);
  for (const path of ownDirectories(layout)) {
    await expectOwnKind(path, 'directory');
  }
  const { format, current, freshness, refresh, held, lease } = layout;
  for (const path of [format, current, freshness, refresh, held, lease]) {
    await expectOwnKind(path, 'file');
  }
  for (const [parent, isOwn] of [
    [layout.blobs, isHashFolder],
    [layout.generations, isGenerationId],
  ] as const) {
    const names = (await readableNames(parent)).filter(isOwn);
    await Promise.all(names.map((name) => expectOwnKind(join(parent, name), 'directory')));
  }
}

/**
 * Refuses a path that is there and is not of the expected kind, or, as root, not root's.
 *
 * @throws NetbootError `ERR_NETBOOT_STORE_HAS_LINKS`, `ERR_NETBOOT_STORE_NOT_OWNED`
 */
export async function expectOwnKind(path: string, expected: 'directory' | 'file'): Promise<void> {
  await expectKind(path, expected);
  await expectOwn(path);
}

/**
 * Refuses a path that is there and is not of the expected kind.
 *
 * @throws NetbootError `ERR_NETBOOT_STORE_HAS_LINKS`
 */
export async function expectKind(path: string, expected: 'directory' | 'file'): Promise<void> {
  const kind = await kindOf(path);
  if (kind === 'missing' || kind === expected) {
    return;
  }
  throw new NetbootError(
    'ERR_NETBOOT_STORE_HAS_LINKS',
    `${path}: expected a ${expected}, got a ${kind}`,
    { hint: 'remove it; to keep a store elsewhere, name that directory' },
  );
}

function ownDirectories({ blobs, generations, partial, temporary, work }: StoreLayout): string[] {
  return [join(blobs, '..'), blobs, generations, partial, temporary, work];
}

type Kind = 'missing' | 'directory' | 'file' | 'symbolic link' | 'special file';

async function kindOf(path: string): Promise<Kind> {
  try {
    const found = await lstat(path);
    if (found.isDirectory()) {
      return 'directory';
    }
    if (found.isFile()) {
      return 'file';
    }
    return found.isSymbolicLink() ? 'symbolic link' : 'special file';
  } catch (error) {
    if (isNotFound(error)) {
      return 'missing';
    }
    throw error;
  }
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (isNotFound(error)) {
      return [];
    }
    throw error;
  }
}

function notAStore({ root, format }: StoreLayout, name: string): NetbootError {
  return new NetbootError(
    'ERR_NETBOOT_NOT_A_STORE',
    `${root} is not an image store and not empty: it has ${JSON.stringify(name)}`,
    { hint: `name an empty directory; if it is a store that has lost ${format}, write 2 into it` },
  );
}
