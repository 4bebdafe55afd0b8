import { failure, type Result, success } from '../errors.js';
import { isPlainPath } from '../formats/plain-path.js';

/** Line of a checksum list: `<sha256>  ./<path>`, as written by sha256sum. */
const LINE = /^([0-9a-f]{64}) [ *]\.\/(.+)$/;

/** Maximum number of lines; Debian's longest list has about 1,800. */
const MAX_LINES = 100_000;

/**
 * Parses an installer build's SHA256SUMS into a map from each file's path below `images/`, without the
 * leading `./`, to its SHA-256.
 */
export function parseChecksumList(text: string): Result<ReadonlyMap<string, string>> {
  const lines = text.split('\n');
  if (lines.at(-1) === '') {
    lines.pop();
  }
  if (lines.length > MAX_LINES) {
    return malformed(`more than ${MAX_LINES} lines`);
  }
  const hashes = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    const [, sha256, path] = LINE.exec(line) ?? [];
    if (sha256 === undefined || path === undefined || !isPlainPath(path)) {
      return malformed(`an invalid entry on line ${index + 1}`);
    }
    if (hashes.has(path) && hashes.get(path) !== sha256) {
      return malformed(`two different hashes for ${path}`);
    }
    hashes.set(path, sha256);
  }
  return success(hashes);
}

function malformed(what: string): Result<never> {
  return failure('ERR_NETBOOT_MALFORMED_INDEX', `SHA256SUMS has ${what}`);
}
