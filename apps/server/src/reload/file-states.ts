import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';

import { readShortFile } from '../config/short-file.js';

/** State of a file. */
interface FileState {
  /**
   * Device, inode, size and times of the file that the path refers to, or the error if there is
   * none.
   */
  readonly identity: string;
  /**
   * SHA-256 of the content; the identity if the file is too long to be read, or the error if the file cannot
   * be read.
   */
  readonly content: string;
}

/** States of files by path. */
export type FileStates = ReadonlyMap<string, FileState>;

/**
 * Returns the states of files. Symlinks are followed: Kubernetes updates a ConfigMap by changing
 * the target of an inner link, not the link in the path.
 *
 * @param before - earlier states; a file is read only if its identity has changed
 */
export async function fileStates(
  paths: Iterable<string>,
  before: FileStates = new Map(),
): Promise<FileStates> {
  const states = new Map<string, FileState>();
  for (const path of paths) {
    states.set(path, await fileState(path, before.get(path)));
  }
  return states;
}

/** Returns true if the content of at least one file has changed. */
export function haveChanged(now: FileStates, before: FileStates): boolean {
  return [...now].some(([path, { content }]) => before.get(path)?.content !== content);
}

async function fileState(path: string, before: FileState | undefined): Promise<FileState> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    const identity = [dev, ino, size, mtimeNs, ctimeNs].join(':');
    if (before?.identity === identity) {
      return before;
    }
    const bytes = await readShortFile(path);
    const content =
      bytes === undefined ? identity : createHash('sha256').update(bytes).digest('hex');
    return { identity, content };
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    return { identity: code, content: code };
  }
}
