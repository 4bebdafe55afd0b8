import { NetbootError } from '../errors.js';
import { ByteCursor } from './byte-cursor.js';

/** Member of an `ar` archive. */
export interface ArMember {
  readonly name: string;
  readonly size: number;
  /** The member's bytes; unread bytes are skipped when the next member is requested. */
  readonly content: AsyncIterable<Uint8Array>;
}

const MAGIC = '!<arch>\n';
const HEADER_LENGTH = 60;

/** Maximum number of members. A .deb has three, and deb(5) allows a few more. */
const MAX_MEMBERS = 16;

/** Length of the name column, in characters. */
const NAME_LENGTH = 16;
/** Columns after the name: mtime, uid and gid, mode, size, end mark (ar(5)). */
const NUMBERS = /^[0-9 ]{24}[0-7 ]{8}[0-9 ]{10}`\n$/;

/**
 * Reads an `ar` archive (ar(5), the common format) as a stream, one member at a time.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_MALFORMED_ARCHIVE`
 */
export async function* readAr(
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<ArMember, void, undefined> {
  const cursor = new ByteCursor(content);
  try {
    if (latin1(await cursor.take(MAGIC.length)) !== MAGIC) {
      throw malformed('the magic is missing');
    }
    for (let count = 0; ; count += 1) {
      const header = await cursor.take(HEADER_LENGTH);
      if (header.length === 0) {
        return;
      }
      if (count === MAX_MEMBERS) {
        throw malformed(`more than ${MAX_MEMBERS} members`);
      }
      const { name, size } = parseHeader(header);
      const bytes = cursor.stream(size);
      yield { name, size, content: bytes };
      for await (const _piece of bytes) {
        // Content that the caller has not read is skipped.
      }
      if (size % 2 === 1) {
        await cursor.take(1);
      }
    }
  } finally {
    await cursor.close();
  }
}

function parseHeader(header: Uint8Array): { readonly name: string; readonly size: number } {
  const text = latin1(header);
  const padded = text.slice(0, NAME_LENGTH).trimEnd();
  const name = padded.endsWith('/') ? padded.slice(0, -1) : padded;
  const size = text.slice(48, 58).trimEnd();
  if (!/^[!-.0-~]+$/.test(name) || !NUMBERS.test(text.slice(NAME_LENGTH)) || !/^\d+$/.test(size)) {
    throw malformed('invalid member header');
  }
  return { name, size: Number(size) };
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function malformed(why: string): NetbootError {
  return new NetbootError('ERR_NETBOOT_MALFORMED_ARCHIVE', `not an ar archive: ${why}`);
}
