import { NetbootError } from '../errors.js';

/**
 * Maximum number of header bytes before an entry's content: those of its own header, and of headers with long
 * names. Parsing a pax header into a table takes 0.4 s per MiB; a global one is applied again for each entry.
 */
const MAX_HEADER_BYTES = 16 * 1024;

/**
 * Maximum number of bytes after an entry without another entry. Zeros may exceed this limit, since the
 * padding at the end of an archive can be longer.
 */
const MAX_PENDING_BYTES = 256 * 1024;

/** Size of a tar header, and unit of content, in bytes. */
export const BLOCK_BYTES = 512;

/**
 * Limits the headers of a tar archive: one that consists of nothing but headers never yields an entry to
 * check.
 */
export class HeaderBudget {
  /** Number of bytes fed to the reader. */
  #fed = 0;
  /** Offset of the end of the last entry's content. */
  #end = 0;

  /**
   * Records an entry.
   *
   * @param offset - offset of its own header in the archive
   * @param size - size of its content in bytes
   * @throws {@link NetbootError} `ERR_NETBOOT_HOSTILE_ARCHIVE` if its headers are too long
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
   * Records bytes that are about to be fed to the reader, which has processed all earlier ones.
   *
   * @throws {@link NetbootError} `ERR_NETBOOT_HOSTILE_ARCHIVE` if too many of those belong to no entry
   */
  feed(piece: Uint8Array): void {
    const pending = this.#fed - this.#end;
    this.#fed += piece.length;
    // An archive may end with any number of zero blocks.
    if (pending > MAX_PENDING_BYTES && piece.some((byte) => byte !== 0)) {
      throw hostile(pending);
    }
  }
}

function hostile(length: number): NetbootError {
  return new NetbootError(
    'ERR_NETBOOT_HOSTILE_ARCHIVE',
    `refused an archive with ${length} bytes of headers before one entry`,
    { hint: 'use another source; no Debian archive contains this' },
  );
}
