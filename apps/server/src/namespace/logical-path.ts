/** Longest name in UTF-16 units: the longest path served has under 100. */
const MAX_NAME_LENGTH = 1024;

/**
 * Brings the spellings of one file that boot firmware uses to a single path: leading and double
 * slashes, `./` and backslashes. Returns undefined for a name that no file here can have. Bytes behind
 * the name, which some firmware reads past the end of DHCP option 67, are left to the namespace, which
 * knows where the name ends.
 *
 * There is nothing to traverse, since the namespace is a table; `..` is refused all the same.
 */
export function logicalPath(name: string): string | undefined {
  if (name.length > MAX_NAME_LENGTH || name.includes('\0')) {
    return undefined;
  }
  const segments = name
    .replaceAll('\\', '/')
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.');
  if (segments.length === 0 || segments.includes('..')) {
    return undefined;
  }
  return `/${segments.join('/')}`;
}

/**
 * The namespace path that a request target names: `//grubx64.efi`, `/a%2Bb`, `/a+b`,
 * `http://server/a?query`. Undefined when it names none.
 */
export function requestPath(target: string): string | undefined {
  const [path = ''] = target.replace(/^https?:\/\/[^/]*/i, '').split(/[?#]/, 1);
  try {
    return logicalPath(decodeURIComponent(path));
  } catch (error) {
    if (error instanceof URIError) {
      return undefined;
    }
    throw error;
  }
}

/** Whether a path has printable ASCII only, as every path that is served. */
export function isPrintable(path: string): boolean {
  return /^[\x20-\x7e]*$/.test(path);
}
