import { NetbootError } from '../errors.js';

/** Maximum size of a stanza in bytes; Debian's longest are about 60 kB. */
const MAX_STANZA_BYTES = 256 * 1024;

/** Maximum size of a wanted stanza in bytes; typical ones are about 2 kB. */
const MAX_WANTED_BYTES = 64 * 1024;

/** Maximum size of a field's value in bytes. */
const MAX_VALUE_BYTES = 4096;

const STANZA_END = '\n\n';
const NEWLINE = 0x0a;

/**
 * Splits a Packages index (deb822(5)) into blocks of whole stanzas without copying or decoding: an index is
 * up to 57 MB long, only a few of its stanzas are wanted, and searching bytes is much faster than searching
 * text. Only a stanza that spans pieces is copied.
 *
 * @param content - uncompressed index, in pieces of any size
 * @returns blocks, each valid until the next one is requested
 * @throws {@link NetbootError} `ERR_NETBOOT_MALFORMED_INDEX` if a stanza that spans pieces is too long
 */
export async function* readStanzaBlocks(
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer, void, undefined> {
  const begun = new BegunStanza();
  for await (const piece of content) {
    let text = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    if (begun.size > 0) {
      const end = begun.endIn(text);
      begun.append(text.subarray(0, end === -1 ? undefined : end));
      if (end === -1) {
        continue;
      }
      yield begun.take().subarray(0, -STANZA_END.length);
      text = text.subarray(end);
    }
    const end = text.lastIndexOf(STANZA_END);
    if (end !== -1) {
      yield text.subarray(0, end);
    }
    begun.append(end === -1 ? text : text.subarray(end + STANZA_END.length));
  }
  yield begun.take();
}

/** Incomplete stanza, collected in one growing buffer, since pieces may be single bytes. */
class BegunStanza {
  #buffer = Buffer.allocUnsafe(4096);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /**
   * Returns the offset just after the stanza's end in the text that follows; -1 if the stanza does not end
   * there.
   */
  endIn(text: Buffer): number {
    // The two newlines may be in two pieces.
    if (this.#buffer[this.#size - 1] === NEWLINE && text[0] === NEWLINE) {
      return 1;
    }
    const end = text.indexOf(STANZA_END);
    return end === -1 ? -1 : end + STANZA_END.length;
  }

  append(text: Buffer): void {
    const size = this.#size + text.length;
    if (size > MAX_STANZA_BYTES) {
      throw tooLong(MAX_STANZA_BYTES);
    }
    if (size > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.min(MAX_STANZA_BYTES, 2 * size));
      this.#buffer.copy(larger, 0, 0, this.#size);
      this.#buffer = larger;
    }
    text.copy(this.#buffer, this.#size);
    this.#size = size;
  }

  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.#size);
    this.#size = 0;
    return taken;
  }
}

/** Field in a block. */
export interface FoundField {
  /** Offset of the field's line in the block, in bytes. */
  readonly offset: number;
  /** Value of the field; empty if it is too long to be relevant. */
  readonly value: string;
}

/**
 * Yields, for each stanza of a block, the first field with the given name and a wanted value. Expects Debian's
 * spelling of names, and exactly one space before values.
 *
 * @param valueStart - prefix of the wanted values; a longer one makes the search faster
 */
export function* fieldsIn(block: Buffer, name: string, valueStart = ''): Generator<FoundField> {
  const start = `${name}:`;
  const wanted = valueStart === '' ? start : `${start} ${valueStart}`;
  const atLineStart = `\n${wanted}`;
  const isFirst = block.toString('latin1', 0, wanted.length) === wanted;
  let offset = isFirst ? 0 : nextLine(block, atLineStart, 0);
  while (offset !== -1) {
    yield { offset, value: valueAt(block, offset + start.length) };
    const end = block.indexOf(STANZA_END, offset);
    // The second newline may be the one before the next field.
    offset = end === -1 ? -1 : nextLine(block, atLineStart, end + 1);
  }
}

/**
 * Returns the stanza around an offset in a block.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_MALFORMED_INDEX` if the stanza is too long to be relevant
 */
export function stanzaAt(block: Buffer, offset: number): Buffer {
  const before = block.lastIndexOf(STANZA_END, offset);
  const end = block.indexOf(STANZA_END, offset);
  const start = before === -1 ? 0 : before + STANZA_END.length;
  const stanza = block.subarray(start, end === -1 ? undefined : end);
  if (stanza.length > MAX_WANTED_BYTES) {
    throw tooLong(MAX_WANTED_BYTES);
  }
  return stanza;
}

/**
 * Returns a field's value in a stanza; empty if the stanza lacks the field, or the value is too long.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_MALFORMED_INDEX` if the stanza has the field twice, which is
 *   ambiguous
 */
export function fieldOf(stanza: Buffer, name: string): string {
  const start = `${name}:`;
  const atLineStart = `\n${start}`;
  const isFirst = stanza.toString('latin1', 0, start.length) === start;
  const offset = isFirst ? 0 : nextLine(stanza, atLineStart, 0);
  if (offset === -1) {
    return '';
  }
  if (nextLine(stanza, atLineStart, offset) !== -1) {
    throw malformed(`the index has an entry with two ${name} fields`);
  }
  return valueAt(stanza, offset + start.length);
}

/**
 * Returns the value from an offset to the end of its line; empty if it is too long. Decodes only the value: a
 * substring of a longer string would keep the whole string in memory. Latin-1 maps every byte to a character;
 * the wanted fields are ASCII.
 */
function valueAt(text: Buffer, start: number): string {
  const found = text.indexOf('\n', start);
  const end = found === -1 ? text.length : found;
  return end - start > MAX_VALUE_BYTES ? '' : text.toString('latin1', start, end).trim();
}

function nextLine(block: Buffer, atLineStart: string, from: number): number {
  const found = block.indexOf(atLineStart, from);
  return found === -1 ? -1 : found + 1;
}

function tooLong(maxBytes: number): NetbootError {
  return malformed(`the index has an entry of more than ${maxBytes} bytes`);
}

function malformed(what: string): NetbootError {
  return new NetbootError('ERR_NETBOOT_MALFORMED_INDEX', what);
}
