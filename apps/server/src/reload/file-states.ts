import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';

/** Size in bytes above which a file is compared only by its identity. */
const MAX_COMPARED_BYTES = 4 * 1024 * 1024;

/** Content recorded for anything that is not a regular file. */
const READ_ONCE = 'not a regular file';

/** State of a file. */
interface FileState {
  /**
   * Device, inode, size and times of the file that the path refers to, or the error if there is
   * none.
   */
  readonly identity: string;
  /** SHA-256 of the content; the identity for a large file, or the error if the file cannot be read. */
  readonly content: string;
}

/** States of files by path. */
export type FileStates = ReadonlyMap<string, FileState>;

/**
 * Returns the states of files. Symlinks are followed: Kubernetes updates a ConfigMap by changing
 * the target of an inner link, not the link in the path.
 *
 * @param before - earlier states: a file is read only if its identity has changed
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

/**
 * Returns true if a path is not a regular file: a pipe can be read only once, and a device may have no end.
 */
export function isReadOnce(path: string, states: FileStates): boolean {
  return states.get(path)?.content === READ_ONCE;
}

async function fileState(path: string, before: FileState | undefined): Promise<FileState> {
  try {
    const found = await stat(path, { bigint: true });
    const { dev, ino, size, mtimeNs, ctimeNs } = found;
    const identity = [dev, ino, size, mtimeNs, ctimeNs].join(':');
    if (before?.identity === identity) {
      return before;
    }
    if (!found.isFile()) {
      return { identity, content: READ_ONCE };
    }
    if (size > MAX_COMPARED_BYTES) {
      return { identity, content: identity };
    }
    const content = createHash('sha256').update(await readFile(path));
    return { identity, content: content.digest('hex') };
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    return { identity: code, content: code };
  }
}
