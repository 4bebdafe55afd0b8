import { NetbootError } from '../errors.js';

/** The longest stanza that is accepted, in bytes; Debian's longest are about 60 kB. */
const MAX_STANZA_LENGTH = 1024 * 1024;

/**
 * Reads the stanzas of a Packages index (deb822(5)), one at a time and as text: a whole index is 50 MB,
 * of which two stanzas are wanted, so that fields are looked for only where somebody asks.
 *
 * @param content the index, uncompressed, in pieces of any size
 * @throws NetbootError `ERR_NETBOOT_MALFORMED_INDEX` for a stanza that is too long
 */
export async function* readStanzas(
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<string, void, undefined> {
  let rest = '';
  for await (const piece of content) {
    // Latin-1 maps every byte to a character, so that no piece can break a multi-byte one. The
    // fields that are asked for hold ASCII.
    const stanzas = (rest + latin1(piece)).split('\n\n');
    rest = stanzas.pop() ?? '';
    if (rest.length > MAX_STANZA_LENGTH) {
      throw new NetbootError(
        'ERR_NETBOOT_MALFORMED_INDEX',
        `an index has an entry of more than ${MAX_STANZA_LENGTH} bytes`,
      );
    }
    yield* stanzas;
  }
  yield rest;
}

/** A field's value on its own line; empty if there is none. Debian's spelling of names is expected. */
export function fieldOf(stanza: string, name: string): string {
  const isFirst = stanza.startsWith(`${name}:`);
  const start = isFirst ? 0 : stanza.indexOf(`\n${name}:`) + 1;
  if (start === 0 && !isFirst) return '';
  const end = stanza.indexOf('\n', start);
  return stanza.slice(start + name.length + 1, end === -1 ? undefined : end).trim();
}

function latin1(piece: Uint8Array): string {
  return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1');
}
