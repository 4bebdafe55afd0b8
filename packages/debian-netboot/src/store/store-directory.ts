import { chmod, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { NetbootError } from '../errors.js';
import { isNotFound, isUnreadable } from '../files/io-error.js';
import { isGenerationId, STORE_FORMAT, type StoreLayout } from './layout.js';
import { expectOwn } from './store-owner.js';

/** Mode of the store's directories before the umask: only their owner may write. */
const DIRECTORY_MODE = 0o755;

/** Predicate for the names in a directory. */
export type NameTest = (name: string) => boolean;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Returns true if a name is that of a temporary file or generation. */
export const isTemporaryName: NameTest = (name) => UUID.test(name) || isGenerationId(name);

/** Returns true if a name is that of a stored file or partial download, which is its hash. */
export const isHashName: NameTest = (name) => /^[0-9a-f]{64}$/.test(name);

/** Returns true if a name is that of a folder of stored files, which is the start of their hashes. */
export const isHashFolder: NameTest = (name) => /^[0-9a-f]{2}$/.test(name);

/** Mode of directories for unpublished files, which nobody else may read. */
const PRIVATE_MODE = 0o700;

/** Creates a directory and its parents, writable only by the owner. */
export async function makeDirectory(path: string): Promise<void> {
  await makeAll(path, DIRECTORY_MODE);
}

async function makeAll(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode });
  } catch (error) {
    if (!isNotFound(error)) {
      throw error;
    }
    // With `recursive`, Node.js reports ENOENT on a read-only file system; a plain mkdir reports the cause.
    await makeAll(dirname(path), mode);
    await mkdir(path, { mode });
  }
}

/**
 * Creates a directory that nobody else can enter, or restricts an existing one from an earlier version. Until
 * a hash shows that content from a source is Debian's, it may be a private file of this user.
 */
export async function makePrivateDirectory(path: string): Promise<void> {
  await makeDirectory(dirname(path));
  await makeAll(path, PRIVATE_MODE);
  try {
    await chmod(path, PRIVATE_MODE);
  } catch (error) {
    // Some file systems have no modes, and a volume may belong to another user.
    if (!isRefused(error)) {
      throw error;
    }
  }
}

function isRefused(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EPERM' || code === 'EACCES' || code === 'ENOTSUP' || code === 'EROFS';
}

/**
 * Lists a directory; returns no names if it does not exist or the disk cannot read it. Use it only for
 * searches: code that removes unused files needs a complete list.
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

/**
 * Removes the store's own files from a directory. Symlinks are not followed.
 *
 * @param isOwn - returns true for a file name that the store assigns
 * @param isDue - returns true if the file with this path should be removed
 * @default true for every file
 */
export async function removeOwn(
  path: string,
  isOwn: NameTest,
  isDue: (entry: string) => Promise<boolean> = () => Promise.resolve(true),
): Promise<void> {
  for (const name of await readableNames(path)) {
    const entry = join(path, name);
    if (isOwn(name) && (await isDue(entry))) {
      await rm(entry, { recursive: true, force: true });
    }
  }
}

/** Removes, like {@link removeOwn}, the store's own files that have not changed for `ageMs` milliseconds. */
export async function removeOwnOlderThan(
  path: string,
  isOwn: NameTest,
  ageMs: number,
): Promise<void> {
  const oldest = Date.now() - ageMs;
  await removeOwn(path, isOwn, async (entry) => (await lstat(entry)).mtimeMs < oldest);
}

/**
 * Removes the store's oldest files in a directory until the rest fits into a limit.
 *
 * @param maxBytes - limit on the total size of the remaining files, in bytes
 * @param isKept - returns true if a file with this name is kept and not counted
 */
export async function trimOwn(
  path: string,
  isOwn: NameTest,
  maxBytes: number,
  isKept: NameTest = () => false,
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
 * Refuses a directory that is not a store: the user's files must not be lost because of a mistyped path. Also
 * accepts a missing or empty directory, and a store that was being created when its process was killed.
 *
 * @param isOther - returns true for the name of a file that does not belong to the store but is expected
 * @throws {@link NetbootError} `ERR_NETBOOT_NOT_A_STORE`
 */
export async function expectStoreOrEmpty(layout: StoreLayout, isOther: NameTest): Promise<void> {
  const foreign = await foreignName(layout, isOther);
  if (foreign !== undefined) {
    throw notAStore(layout, foreign);
  }
}

/**
 * Returns a name in a directory that is neither a store nor empty; `undefined` for a store or an empty
 * directory.
 */
export async function foreignName(
  layout: StoreLayout,
  isOther: NameTest,
): Promise<string | undefined> {
  if ((await kindOf(layout.format)) !== 'missing') {
    return undefined;
  }
  for (const name of await namesIn(layout.root)) {
    // `lost+found` is present at the root of a file system.
    if (name === 'lost+found' || isOther(name)) {
      continue;
    }
    if (!(await isHalfMade(layout, join(layout.root, name)))) {
      return name;
    }
  }
  return undefined;
}

/** Returns true if a path is one of the store's own directories without any foreign content. */
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
 * Refuses a store in which symlinks replace its own files: nothing may be written outside the store. As root,
 * also refuses a store that another user controls.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_STORE_HAS_LINKS`, `ERR_NETBOOT_STORE_NOT_OWNED`
 */
export async function expectOwnStore(layout: StoreLayout): Promise<void> {
  await expectOwn(layout.root);
  for (const path of ownDirectories(layout)) {
    await expectOwnKind(path, 'directory');
  }
  const { format, current, freshness, refresh, rejected, lease } = layout;
  for (const path of [format, current, freshness, refresh, rejected, lease]) {
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
 * Refuses an existing path that is not of the expected kind. As root, also refuses one that another user
 * controls ({@link expectOwn}).
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_STORE_HAS_LINKS`, `ERR_NETBOOT_STORE_NOT_OWNED`
 */
export async function expectOwnKind(path: string, expected: 'directory' | 'file'): Promise<void> {
  await expectKind(path, expected);
  await expectOwn(path);
}

/**
 * Refuses an existing path that is not of the expected kind.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_STORE_HAS_LINKS`
 */
export async function expectKind(path: string, expected: 'directory' | 'file'): Promise<void> {
  const kind = await kindOf(path);
  if (kind === 'missing' || kind === expected) {
    return;
  }
  throw new NetbootError(
    'ERR_NETBOOT_STORE_HAS_LINKS',
    `${path}: expected a ${expected}, got a ${kind}`,
    { hint: 'remove it; to keep the store elsewhere, configure that directory instead' },
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
    `${root} is neither an image store nor empty: it contains ${JSON.stringify(name)}`,
    {
      hint: `choose an empty directory; if this is a store without its file ${format}, write ${STORE_FORMAT} into that file`,
    },
  );
}
