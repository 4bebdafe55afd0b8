/** Reasons why a file cannot be read, by the code of the system's error. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'this file does not exist',
  ENOTDIR: 'a part of this path is not a directory',
  EISDIR: 'this is a directory, not a file',
  EACCES: 'this user may not read this file',
  ELOOP: 'its symbolic links form a loop',
  ENAMETOOLONG: 'this path is too long',
  EIO: 'the disk cannot read this file',
  EFBIG: 'this file is too large',
  EFTYPE: 'this is not a regular file',
  // Opening a socket as a file fails with this code.
  ENXIO: 'this is not a regular file',
};

/**
 * Returns the reason why a file cannot be read, followed by the system's error code, which users can search
 * for.
 *
 * @param error - error of the file operation
 */
export function fileReason(error: unknown): string {
  const code = codeOf(error);
  if (code === undefined) {
    return error instanceof Error ? error.message : String(error);
  }
  const reason = REASONS[code];
  return reason === undefined ? `the system reports ${code}` : `${reason} (${code})`;
}

/** Returns true for an error that means that a path does not exist. */
export function isMissingFile(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '');
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
