/** Maximum length of a name in UTF-16 code units; the longest served path has fewer than 100. */
const MAX_NAME_LENGTH = 1024;

/**
 * Normalises the spellings of a name that boot firmware uses: leading and double slashes, `./` and
 * backslashes. Returns undefined for a name that no file can have. Junk after the name is left to the
 * namespace, which knows where the name ends.
 *
 * The namespace is a table, so there is nothing to traverse; `..` is refused anyway.
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
 * Returns the namespace path of a request target such as `//grubx64.efi`, `/a%2Bb`, `/a+b` or
 * `http://server/a?query`; undefined if it has none.
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

/** Returns true if a path is printable ASCII, as every served path is. */
export function isPrintable(path: string): boolean {
  return /^[\x20-\x7e]*$/.test(path);
}

/** Returns true if a request target names the root: `/`, `//`, `/?query`. */
export function isRoot(target: string): boolean {
  return /^\/+$/.test(target.split(/[?#]/, 1)[0] ?? '');
}
