import { NetbootError } from '../errors.js';

/**
 * What a failed file operation means to the person who runs the program. Errors that are not the
 * file system's are returned as they are.
 *
 * @param path - what was being written or read
 */
export function describeIoError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof NetbootError) {
    return error;
  }
  const code = 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOSPC':
      return new NetbootError('ERR_NETBOOT_NO_SPACE', `no space or no inodes left for ${path}`, {
        hint: 'free some space (df) or some inodes (df -i), or use a data directory on a larger file system',
        cause: error,
      });
    case 'EDQUOT':
      return new NetbootError('ERR_NETBOOT_NO_SPACE', `the disk quota is used up: ${path}`, {
        hint: 'have the quota of this user raised, or choose another data directory',
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
        `${path} is on another file system than the rest of the store`,
        {
          hint: 'have the whole data directory on one file system: no mounts and no links inside it',
          cause: error,
        },
      );
    case 'EACCES':
    case 'EPERM':
      return new NetbootError(
        'ERR_NETBOOT_NO_PERMISSION',
        `no permission to use ${ownPath(error) ?? path}`,
        {
          hint: 'run as the user who owns the directory, or choose another data directory',
          cause: error,
        },
      );
    default:
      // Every other error of a system call names one, whatever its number.
      if (!('syscall' in error)) {
        return error;
      }
      return new NetbootError('ERR_NETBOOT_IO', `cannot use ${path}: ${error.message}`, {
        cause: error,
      });
  }
}

/** The path that a system call was given: more exact than what was going on. */
function ownPath(error: Error): string | undefined {
  return 'path' in error && typeof error.path === 'string' ? error.path : undefined;
}

/** Runs file operations; their failures get the words of {@link describeIoError}. */
export async function withIoErrors<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw describeIoError(error, path);
  }
}

/** Whether an error says that a file does not exist. */
export function isNotFound(error: unknown): boolean {
  const cause = error instanceof NetbootError ? error.cause : error;
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}

/** Whether an error says that something of that name is there already. */
export function isExisting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

/** What disks and file systems answer that cannot read what they hold. */
const UNREADABLE: ReadonlySet<unknown> = new Set(['EIO', 'EBADMSG', 'EUCLEAN']);

/** Whether an error says that the disk cannot read what it holds. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && UNREADABLE.has(error.code);
}

/** Whether an error says that this user may not use something. */
export function isInaccessible(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')
  );
}

/** Whether an error says that a file system or a quota is full. */
export function isOutOfSpace(error: unknown): boolean {
  const cause = error instanceof NetbootError ? error.cause : error;
  return (
    cause instanceof Error &&
    'code' in cause &&
    (cause.code === 'ENOSPC' || cause.code === 'EDQUOT')
  );
}
