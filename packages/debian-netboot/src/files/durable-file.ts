import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Mode of new files before the umask: only their owner may write. */
export const FILE_MODE = 0o644;

/**
 * Replaces a file atomically: readers see the old content or the new one, even after a crash or a
 * power failure.
 *
 * @param temporary - directory on the same file system for the temporary file
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

/** Writes a file that must not exist yet, and syncs it to disk. */
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
 * Syncs a directory's entries to disk; otherwise, a crash may undo a rename. Some file systems (vboxsf, SMB,
 * drvfs) cannot sync directories; the first failure emits a process warning.
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

/** Error codes of file systems that cannot sync a directory, or cannot even open one. */
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
