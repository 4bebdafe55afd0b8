import { type Stats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Ids that a process acts with; `undefined` where the system has none. */
export interface EffectiveIds {
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

/**
 * Why a file may have been written by someone other than this user or root; `undefined` if it was not.
 * A file that is found in the current directory could be anyone's: they would choose what is served,
 * and by which key it is trusted.
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
    // A link counts as well as what it leads to.
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

/** A user's own group, which new files are often writable by, counts as that user. */
function isWritableByOthers(stats: Stats, { gid }: EffectiveIds): boolean {
  if (stats.isSymbolicLink() || (stats.isDirectory() && (stats.mode & STICKY) !== 0)) {
    return false;
  }
  const isGroupForeign = (stats.mode & GROUP_WRITES) !== 0 && stats.gid !== gid;
  return isGroupForeign || (stats.mode & OTHERS_WRITE) !== 0;
}
