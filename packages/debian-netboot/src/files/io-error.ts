import { NetbootError } from '../errors.js';

/**
 * Errors without a name in Node.js, by their number on Linux. Their code is `UNKNOWN`, or, for example,
 * `Unknown system error -122`.
 */
const UNNAMED: ReadonlyMap<unknown, string> = new Map([
  [-74, 'EBADMSG'],
  [-117, 'EUCLEAN'],
  [-122, 'EDQUOT'],
]);

/** Returns the code of a system error; undefined for other values. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) {
    return undefined;
  }
  const isUnnamed = /^unknown\b/i.test(error.code) && 'errno' in error;
  return isUnnamed ? (UNNAMED.get(error.errno) ?? error.code) : error.code;
}

/**
 * Converts the error of a failed file operation into a {@link NetbootError} for the user. Other
 * errors are returned unchanged.
 *
 * @param path - file that was being read or written
 */
export function describeIoError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof NetbootError) {
    return error;
  }
  const code = codeOf(error);
  switch (code) {
    case 'ENOSPC':
      return new NetbootError('ERR_NETBOOT_NO_SPACE', `no space or no inodes left for ${path}`, {
        hint: 'free some space (df) or some inodes (df -i), or use a data directory on a larger file system',
        cause: error,
      });
    case 'EDQUOT':
      return new NetbootError('ERR_NETBOOT_NO_SPACE', `the disk quota is used up: ${path}`, {
        hint: 'raise the quota of this user, or choose another data directory',
        cause: error,
      });
    case 'EROFS':
      return new NetbootError(
        'ERR_NETBOOT_NO_PERMISSION',
        `${path} is on a read-only file system`,
        {
          hint: 'mount it for writing, or choose another data directory',
          cause: error,
        },
      );
    case 'EXDEV':
      return new NetbootError(
        'ERR_NETBOOT_IO',
        `${path} is on a different file system from the rest of the store`,
        {
          hint: 'keep the whole data directory on one file system, without mounts or links inside',
          cause: error,
        },
      );
    case 'EACCES':
    case 'EPERM':
      return new NetbootError(
        'ERR_NETBOOT_NO_PERMISSION',
        `no permission to use ${ownPath(error) ?? path}`,
        {
          hint: 'run as the user who owns the directory, give it to this user (chown), or choose another data directory',
          cause: error,
        },
      );
    default:
      // An error without a `syscall` does not come from the system.
      if (!('syscall' in error)) {
        return error;
      }
      return new NetbootError('ERR_NETBOOT_IO', `cannot use ${path}: ${reasonOf(error, path)}`, {
        cause: error,
      });
  }
}

/** Returns the reason for any other system error, with its error code, which users can search for. */
function reasonOf(error: Error & { readonly code?: unknown }, path: string): string {
  const own = ownPath(error) ?? path;
  switch (error.code) {
    case 'ENOENT': {
      // A temporary file is next to the file that it replaces.
      const missing = own === path ? 'it' : own.startsWith(`${path}.`) ? 'its directory' : own;
      return `${missing} does not exist (ENOENT)`;
    }
    case 'ENOTDIR':
      return 'it, or a part of its path, is not a directory (ENOTDIR)';
    case 'EISDIR':
      return 'it is a directory, not a file (EISDIR)';
    default:
      return error.message;
  }
}

/** Returns the path of the failed system call, which is more exact than that of the operation. */
function ownPath(error: Error): string | undefined {
  return 'path' in error && typeof error.path === 'string' ? error.path : undefined;
}

/** Runs file operations and converts their errors with {@link describeIoError}. */
export async function withIoErrors<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw describeIoError(error, path);
  }
}

/** Returns true if an error, or the cause of a {@link NetbootError}, says that a file does not exist. */
export function isNotFound(error: unknown): boolean {
  const cause = error instanceof NetbootError ? error.cause : error;
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}

/** Returns true if an error says that a file already exists. */
export function isExisting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

/** Error codes of disks and file systems that cannot read their data. */
const UNREADABLE: ReadonlySet<unknown> = new Set(['EIO', 'EBADMSG', 'EUCLEAN']);

/** Returns true if an error says that the disk cannot read its data. */
export function isUnreadable(error: unknown): boolean {
  return UNREADABLE.has(codeOf(error));
}

/** Returns true if an error says that this user lacks permission. */
export function isInaccessible(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')
  );
}

/**
 * Returns true if an error, or the cause of a {@link NetbootError}, says that a file system or a quota is
 * full.
 */
export function isOutOfSpace(error: unknown): boolean {
  const cause = error instanceof NetbootError ? error.cause : error;
  const code = codeOf(cause);
  return code === 'ENOSPC' || code === 'EDQUOT';
}
