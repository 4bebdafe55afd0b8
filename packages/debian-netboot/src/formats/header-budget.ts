import { NetbootError } from '../errors.js';

/**
 * Maximum bytes of headers in front of one entry: its own, and those that lengthen its names. A pax
 * header is parsed to a table, which takes 0.4 s for 1 MiB of them; a global one again for each entry.
 */
const MAX_HEADER_BYTES = 16 * 1024;

/** The reader may be behind by what it takes at once; padding at the end is longer than a header. */
const MAX_PENDING_BYTES = 256 * 1024;

const BLOCK_BYTES = 512;

/** Bounds what a tar archive holds besides files: an archive of headers alone has no entry to refuse. */
export class HeaderBudget {
  /** How many bytes went into the reader. */
  #fed = 0;
  /** Where the content of the last entry ends. */
  #end = 0;

  /**
   * Takes note of an entry.
   *
   * @param offset - where its own header begins in the archive
   * @param size - of its content, in bytes
   * @throws NetbootError `ERR_NETBOOT_HOSTILE_ARCHIVE` if its headers are too long
   */
  entry(offset: number, size: number): void {
    const start = offset + BLOCK_BYTES;
    const length = start - this.#end;
    this.#end = start + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
    if (length > MAX_HEADER_BYTES) {
      throw hostile(length);
    }
  }

  /**
   * Takes note of bytes that are about to go into the reader, which has seen those before.
   *
   * @throws NetbootError `ERR_NETBOOT_HOSTILE_ARCHIVE` if no entry came out of them
   */
  feed(piece: Uint8Array): void {
    const pending = this.#fed - this.#end;
    this.#fed += piece.length;
    // An archive may end with any number of blocks of zeros.
    if (pending > MAX_PENDING_BYTES && piece.some((byte) => byte !== 0)) {
      throw hostile(pending);
    }
  }
}

function hostile(length: number): NetbootError {
  return new NetbootError(
    'ERR_NETBOOT_HOSTILE_ARCHIVE',
    `refused an archive that has ${length} bytes of headers in front of one entry`,
    { hint: 'no archive of Debian has it: use another source' },
  );
}
