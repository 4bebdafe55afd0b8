import { constants } from 'node:fs';
import { type FileHandle, open, readlink, realpath, stat } from 'node:fs/promises';
import { sep } from 'node:path';

import { NetbootError } from '../errors.js';
import { isNotFound } from './io-error.js';
import { openFileContent } from './read-file.js';

/** Open file in a directory tree, with its size in bytes. */
export interface TreeFile {
  readonly size: number;
  /** Content; can be read once, before the file is closed. */
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Opens a regular file in a directory that another user may own, and closes it after use. Links within the
 * tree are followed. A link out of the tree could expose any file that this process may read, so the open
 * file itself is checked as well, not only its path.
 *
 * @param root - root directory of the tree
 * @param path - full path of the file, including the root
 * @returns the result of `use`; `undefined` if there is no readable regular file at that path
 * @throws {@link NetbootError} `ERR_NETBOOT_HOSTILE_ARCHIVE` if the path leads out of the tree
 */
export async function useFileWithin<T>(
  root: string,
  path: string,
  use: (file: TreeFile) => Promise<T>,
): Promise<T | undefined> {
  const file = await openWithin(root, path);
  if (file === undefined) {
    return undefined;
  }
  try {
    const found = await file.stat();
    if (!found.isFile()) {
      return undefined;
    }
    return await use({ size: found.size, content: openFileContent(file) });
  } finally {
    await file.close();
  }
}

async function openWithin(root: string, path: string): Promise<FileHandle | undefined> {
  let file: FileHandle;
  let target: string;
  try {
    target = await realpath(path);
    await expectWithin(root, path, target);
    file = await open(target, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    // An unreadable file counts as missing: another place may have it.
    if (isNotFound(error) || ['ENOTDIR', 'EACCES'].includes(String(codeOf(error)))) {
      return undefined;
    }
    // The file was replaced with a link in the meantime.
    throw codeOf(error) === 'ELOOP' ? leadsOut(root, path) : error;
  }
  try {
    await expectWithin(root, path, await pathOf(file, target));
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Returns the path of an open file: the one that the kernel reports (Linux), otherwise the resolved path of
 * `opened`. Returns `/`, which is outside every tree, if `opened` is no longer the same file.
 */
async function pathOf(file: FileHandle, opened: string): Promise<string> {
  try {
    return await readlink(`/proc/self/fd/${file.fd}`);
  } catch (error) {
    if (!isNotFound(error)) {
      throw error;
    }
  }
  const target = await realpath(opened);
  const [is, should] = [await stat(target, { bigint: true }), await file.stat({ bigint: true })];
  return is.dev === should.dev && is.ino === should.ino ? target : sep;
}

async function expectWithin(root: string, path: string, target: string): Promise<void> {
  const realRoot = await realpath(root);
  if (!target.startsWith(realRoot.endsWith(sep) ? realRoot : `${realRoot}${sep}`)) {
    throw leadsOut(root, path);
  }
}

function leadsOut(root: string, path: string): NetbootError {
  return new NetbootError('ERR_NETBOOT_HOSTILE_ARCHIVE', `${path} leads out of ${root}`, {
    hint: 'copy its target into the directory',
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
