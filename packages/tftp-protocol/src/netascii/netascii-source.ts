import { type BlockSource } from '../transfer/machine.js';
import { encodeNetascii } from './netascii.js';

/** Number of bytes of the file to encode at a time. */
const PIECE_BYTES = 4_096;

/**
 * Source that encodes a file as netascii. Encoding shifts all offsets, so the file is encoded once from start
 * to end, and only the bytes that may be read again after a loss are kept.
 */
export class NetasciiSource implements BlockSource {
  /** Undefined: the encoded size depends on the number of line feeds and carriage returns. */
  readonly size: undefined;
  readonly #file: BlockSource;
  readonly #keepBytes: number;
  /** Offset in the file of the next piece to encode. */
  #fileOffset = 0;
  #isAtEnd = false;
  /** Encoded bytes from `#start` on. */
  #encoded = new Uint8Array(0);
  #start = 0;

  /** @param keepBytes - maximum distance that `read` may go back, in bytes: the payload of a window */
  constructor(file: BlockSource, keepBytes: number) {
    this.#file = file;
    this.#keepBytes = keepBytes;
  }

  read(offset: number, length: number): Uint8Array | undefined {
    while (!this.#isAtEnd && this.#start + this.#encoded.length < offset + length) {
      if (!this.#encodeMore(offset)) {
        return undefined;
      }
    }
    return this.#encoded.slice(offset - this.#start, offset - this.#start + length);
  }

  /**
   * Encodes the next piece of the file, and drops bytes that cannot be read again.
   *
   * @returns false if the bytes of the file are not in memory
   */
  #encodeMore(offset: number): boolean {
    const piece = this.#file.read(this.#fileOffset, PIECE_BYTES);
    if (piece === undefined) {
      return false;
    }
    this.#fileOffset += piece.length;
    this.#isAtEnd = piece.length < PIECE_BYTES;
    const added = encodeNetascii(piece);
    const drop = Math.max(0, offset - this.#keepBytes - this.#start);
    const joined = new Uint8Array(this.#encoded.length - drop + added.length);
    joined.set(this.#encoded.subarray(drop));
    joined.set(added, this.#encoded.length - drop);
    this.#encoded = joined;
    this.#start += drop;
    return true;
  }
}
