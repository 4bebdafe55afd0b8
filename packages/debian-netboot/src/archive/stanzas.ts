import { NetbootError } from '../errors.js';

/** The longest stanza that is accepted, in bytes; Debian's longest are about 60 kB. */
const MAX_STANZA_LENGTH = 1024 * 1024;

const STANZA_END = '\n\n';

/**
 * Cuts a Packages index (deb822(5)) into blocks of whole stanzas. They stay bytes, and stay where they
 * are: a whole index is up to 57 MB, of which two stanzas are wanted, and bytes are searched much faster
 * than text. Only a stanza that lies in more than one piece is put together.
 *
 * @param content the index, uncompressed, in pieces of any size
 * @throws NetbootError `ERR_NETBOOT_MALFORMED_INDEX` for a stanza that is too long
 */
export async function* readStanzaBlocks(
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer, void, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of content) {
    let text = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    if (rest.length > 0) {
      const { head, behind } = withFirstStanza(rest, text);
      const end = head.lastIndexOf(STANZA_END);
      if (end !== -1) yield head.subarray(0, end);
      rest = end === -1 ? head : head.subarray(end + STANZA_END.length);
      text = behind;
    }
    if (text.length > 0) {
      // Nothing is left of what came before: it ended with the head.
      const end = text.lastIndexOf(STANZA_END);
      if (end !== -1) yield text.subarray(0, end);
      rest = end === -1 ? text : text.subarray(end + STANZA_END.length);
    }
    if (rest.length > MAX_STANZA_LENGTH) {
      throw new NetbootError(
        'ERR_NETBOOT_MALFORMED_INDEX',
        `an index has an entry of more than ${MAX_STANZA_LENGTH} bytes`,
      );
    }
  }
  yield rest;
}

/** Puts a stanza together that goes on in the next piece; all of that if it does not end there. */
function withFirstStanza(
  rest: Buffer,
  text: Buffer,
): { readonly head: Buffer; readonly behind: Buffer } {
  const found = text.indexOf(STANZA_END);
  const end = found === -1 ? text.length : found + STANZA_END.length;
  return { head: Buffer.concat([rest, text.subarray(0, end)]), behind: text.subarray(end) };
}

/** A field that was found in a block. */
export interface FoundField {
  /** Where its line begins. */
  readonly offset: number;
  readonly value: string;
}

/**
 * Every field of a name in a block, one a line. Debian's spelling is expected: of names, and of the
 * one blank in front of values.
 *
 * @param valueStart how the values begin that are asked for; the longer, the faster
 */
export function* fieldsIn(block: Buffer, name: string, valueStart = ''): Generator<FoundField> {
  const start = `${name}:`;
  const wanted = valueStart === '' ? start : `${start} ${valueStart}`;
  const atLineStart = `\n${wanted}`;
  const isFirst = block.toString('latin1', 0, wanted.length) === wanted;
  let offset = isFirst ? 0 : nextLine(block, atLineStart, 0);
  while (offset !== -1) {
    const end = block.indexOf('\n', offset);
    // Latin-1 maps every byte to a character; the fields that are asked for hold ASCII.
    const line = block.toString('latin1', offset + start.length, end === -1 ? undefined : end);
    yield { offset, value: line.trim() };
    offset = nextLine(block, atLineStart, offset);
  }
}

/** The stanza around a place in a block. */
export function stanzaAt(block: Buffer, offset: number): string {
  const before = block.lastIndexOf(STANZA_END, offset);
  const end = block.indexOf(STANZA_END, offset);
  const start = before === -1 ? 0 : before + STANZA_END.length;
  return block.toString('latin1', start, end === -1 ? undefined : end);
}

/** A field's value in one stanza; empty if there is none. */
export function fieldOf(stanza: string, name: string): string {
  const isFirst = stanza.startsWith(`${name}:`);
  const start = isFirst ? 0 : stanza.indexOf(`\n${name}:`) + 1;
  if (start === 0 && !isFirst) return '';
  const end = stanza.indexOf('\n', start);
  return stanza.slice(start + name.length + 1, end === -1 ? undefined : end).trim();
}

function nextLine(block: Buffer, atLineStart: string, from: number): number {
  const found = block.indexOf(atLineStart, from);
  return found === -1 ? -1 : found + 1;
}
