/** Longest path that is accepted, in characters; Debian's longest are about 120. */
const MAX_PATH_LENGTH = 1024;

/** Longest name of one file or directory; what file systems allow. */
const MAX_NAME_LENGTH = 255;

/** Printable ASCII without the backslash, which other systems take for a separator. */
const PLAIN = /^[\x20-\x5b\x5d-\x7e]+$/;

/**
 * Whether a path leads downwards only, with nothing in it that any file system or URL would read in
 * another way: no empty, `.` or `..` name, not absolute, printable ASCII, no backslash.
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
