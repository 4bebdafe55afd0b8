import { logicalPath } from '../namespace/logical-path.js';

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
