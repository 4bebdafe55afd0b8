import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Mode of new files before the umask: only their owner may write. */
export const FILE_MODE = 0o644;

/**
 * Replaces a file's content in one step that survives a crash: readers see the old content or the
 * new one, and after a power failure one of the two is there.
 *
 * @param temporary - a directory on the same file system, for the file while it is written
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  temporary: string,
): Promise<void> {
  const draft = join(temporary, randomUUID());
  try {
    await writeNewFile(draft, content);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Writes a file that must not exist yet, and has it on the disk before returning. */
export async function writeNewFile(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx', FILE_MODE);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Has a directory's entries on the disk: without it, a crash may undo a rename. Some file systems (vboxsf,
 * SMB, drvfs) cannot do that for directories; a warning says so, once.
 */
export async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = await open(path, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  } catch (error) {
    if (!isUnsupported(error)) {
      throw error;
    }
    warnOfCrashes(path);
  }
}

/** What file systems answer that cannot sync a directory, or not even open one as a file. */
const UNSUPPORTED: ReadonlySet<string> = new Set([
  'EINVAL',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EISDIR',
]);

function isUnsupported(error: unknown): boolean {
  return error instanceof Error && 'code' in error && UNSUPPORTED.has(String(error.code));
}

let isWarned = false;

function warnOfCrashes(path: string): void {
  if (isWarned) {
    return;
  }
  isWarned = true;
  process.emitWarning(
    `the file system of ${path} cannot sync directories: a power failure may undo the last sync`,
    { code: 'NETBOOT_NO_DIRECTORY_SYNC' },
  );
}
