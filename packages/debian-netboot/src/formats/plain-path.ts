/** Maximum length of a path, in characters; Debian's longest are about 120 characters long. */
const MAX_PATH_LENGTH = 1024;

/** Maximum length of one name, in characters, as in most file systems. */
const MAX_NAME_LENGTH = 255;

/** Printable ASCII without the backslash, which some systems treat as a separator. */
const PLAIN = /^[\x20-\x5b\x5d-\x7e]+$/;

/**
 * Returns true if a path is relative and stays below its root: printable ASCII without backslashes, and without empty,
 * `.` or `..` names. In a URL it must be percent-encoded.
 */
export function isPlainPath(path: string): boolean {
  if (path.length > MAX_PATH_LENGTH || !PLAIN.test(path)) {
    return false;
  }
  return path
    .split('/')
    .every(
      (name) => name !== '' && name !== '.' && name !== '..' && name.length <= MAX_NAME_LENGTH,
    );
}
