import { NetbootError } from '../errors.js';

/** The longest line that is accepted, in bytes; Debian's longest is about 30 kB. */
const MAX_LINE_LENGTH = 1024 * 1024;

/**
 * Reads the stanzas of a Packages index, one at a time, keeping only the named fields (a whole index
 * is 50 MB of text). Continuation lines are left out: no field that is needed here has any.
 *
 * @param content the index, uncompressed, in pieces of any size
 * @param names the fields to keep, in Debian's spelling
 * @throws NetbootError `ERR_NETBOOT_MALFORMED_INDEX` for a line that is too long
 */
export async function* readStanzas(
  content: AsyncIterable<Uint8Array>,
  names: readonly string[],
): AsyncGenerator<ReadonlyMap<string, string>, void, undefined> {
  let stanza = new Map<string, string>();
  for await (const lines of readLines(content)) {
    for (const line of lines) {
      if (line === '') {
        if (stanza.size > 0) yield stanza;
        stanza = new Map();
        continue;
      }
      const colon = line.indexOf(':');
      if (colon < 1 || line.startsWith(' ')) continue;
      const name = line.slice(0, colon);
      if (names.includes(name)) stanza.set(name, line.slice(colon + 1).trim());
    }
  }
  if (stanza.size > 0) yield stanza;
}

/** Cuts pieces of text into lines; yields an array for each piece, since a line each is slow. */
async function* readLines(
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<string[], void, undefined> {
  // Latin-1 maps every byte to a character, so that no piece can break a multi-byte one. The
  // fields that are kept hold ASCII.
  const decoder = new TextDecoder('latin1');
  let rest = '';
  for await (const piece of content) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_LENGTH) {
      throw new NetbootError(
        'ERR_NETBOOT_MALFORMED_INDEX',
        `an index has a line of more than ${MAX_LINE_LENGTH} bytes`,
      );
    }
    yield lines;
  }
  if (rest !== '') yield [rest];
}
