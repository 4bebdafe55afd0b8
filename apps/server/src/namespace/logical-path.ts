/** Longest name in UTF-16 units: the longest path served has under 100. */
const MAX_NAME_LENGTH = 1024;
/** Bytes that some ROMs append, as Latin-1 or as UTF-8 decodes them. */
const STRAY_BYTES = '\xff\ufffd';

/**
 * Brings the spellings of one file that boot firmware uses to a single path: leading and double
 * slashes, `./`, backslashes, and the 0xFF bytes that some ROMs read past the end of DHCP option
 * 67. Returns undefined for a name that no file here can have.
 *
 * There is nothing to traverse, since the namespace is a table; `..` is refused all the same.
 */
export function logicalPath(name: string): string | undefined {
  let end = name.length;
  while (end > 0 && STRAY_BYTES.includes(name.charAt(end - 1))) end--;
  if (end > MAX_NAME_LENGTH) return undefined;
  const segments = name
    .slice(0, end)
    .replaceAll('\\', '/')
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.');
  if (segments.length === 0 || segments.includes('..')) return undefined;
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  if (segments.some((segment) => /[\x00-\x1f\x7f]/.test(segment))) return undefined;
  return `/${segments.join('/')}`;
}
