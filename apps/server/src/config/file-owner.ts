import { type Stats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Effective ids of the process; undefined on systems without them, such as Windows. */
export interface EffectiveIds {
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

/**
 * Returns the reason why a file may have been written by someone other than this user or root; undefined if
 * there is none. A file in the current directory could belong to anyone, and its owner would then choose the
 * images and the keys to trust.
 */
export async function foreignReason(
  path: string,
  ids: EffectiveIds = { uid: process.geteuid?.(), gid: process.getegid?.() },
): Promise<string | undefined> {
  if (ids.uid === undefined) {
    return undefined;
  }
  const directory = dirname(path);
  const found = [
    // Checks both a link and its target.
    ['this file', await lstat(path)],
    ['this file', await stat(path)],
    [`its directory (${directory})`, await stat(directory)],
  ] as const;
  for (const [what, stats] of found) {
    if (stats.uid !== ids.uid && stats.uid !== 0) {
      return `${what} belongs to user ${stats.uid}`;
    }
    if (isWritableByOthers(stats, ids)) {
      return `${what} can be written by other users`;
    }
  }
  return undefined;
}

/**
 * Returns true if others may write to a file. The user's own group, which may often write to new files,
 * counts as the user. The mode of a link has no effect, and others cannot replace a file in a sticky
 * directory.
 */
function isWritableByOthers(stats: Stats, { gid }: EffectiveIds): boolean {
  if (stats.isSymbolicLink() || (stats.isDirectory() && (stats.mode & STICKY) !== 0)) {
    return false;
  }
  const isGroupForeign = (stats.mode & GROUP_WRITES) !== 0 && stats.gid !== gid;
  return isGroupForeign || (stats.mode & OTHERS_WRITE) !== 0;
}
