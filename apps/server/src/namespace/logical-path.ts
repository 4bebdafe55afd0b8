/**
 * Brings the spellings of one file that boot firmware uses to a single path: leading and double
 * slashes, `./`, backslashes, and the 0xFF bytes that some ROMs read past the end of DHCP option
 * 67. Returns undefined for a name that no file here can have.
 *
 * There is nothing to traverse, since the namespace is a table; `..` is refused all the same.
 */
export function logicalPath(name: string): string | undefined {
  const segments = name
    .replace(/[\xff\ufffd]+$/, '')
    .replaceAll('\\', '/')
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.');
  if (segments.length === 0 || segments.includes('..')) return undefined;
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  if (segments.some((segment) => /[\x00-\x1f\x7f]/.test(segment))) return undefined;
  return `/${segments.join('/')}`;
}
