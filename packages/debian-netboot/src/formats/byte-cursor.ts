import { NetbootError } from '../errors.js';

/** Cursor over a byte stream that returns the next bytes either as one array or as a stream. */
export class ByteCursor {
  readonly #pieces: AsyncIterator<Uint8Array, unknown>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(content: AsyncIterable<Uint8Array>) {
    this.#pieces = content[Symbol.asyncIterator]();
  }

  /**
   * Returns the next bytes; fewer than requested only at the end of the content.
   *
   * @param length - number of bytes; must be small, since they are held in memory
   */
  async take(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const piece = await this.#next(length - filled);
      if (piece === undefined) {
        break;
      }
      bytes.set(piece, filled);
      filled += piece.length;
    }
    return bytes.subarray(0, filled);
  }

  /**
   * Yields the next bytes, all of which must be consumed before the cursor is used again.
   *
   * @throws {@link NetbootError} `ERR_NETBOOT_MALFORMED_ARCHIVE` if the content ends too early
   */
  async *stream(length: number): AsyncGenerator<Uint8Array, void, undefined> {
    let left = length;
    while (left > 0) {
      const piece = await this.#next(left);
      if (piece === undefined) {
        throw new NetbootError('ERR_NETBOOT_MALFORMED_ARCHIVE', `${left} bytes are missing`, {
          hint: 'try again; the download is incomplete',
        });
      }
      left -= piece.length;
      yield piece;
    }
  }

  /** Releases the content. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  async #next(limit: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#pieces.next();
      if (next.done === true) {
        return undefined;
      }
      this.#rest = next.value;
    }
    const piece = this.#rest.subarray(0, limit);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }
}
