import { type FileHandle } from 'node:fs/promises';

import { withIoErrors } from './io-error.js';

/** Number of bytes to collect for one write, since each write costs a turn of the event loop. */
const WRITE_BYTES = 512 * 1024;

/** Maximum number of buffered pieces: a peer that sends single bytes must not fill the memory. */
const MAX_PIECES = 1024;

/** Number of bytes after which a sync to disk is started. */
const FLUSH_BYTES = 4 * 1024 * 1024;

/**
 * Writes a file from start to end, one write at a time, while the next pieces arrive. Buffers at
 * most two writes. Data is synced to disk along the way, so that the caller's final sync is quick.
 */
export class SequentialWriter {
  readonly #file: FileHandle;
  readonly #label: string;
  #position: number;
  #pieces: Uint8Array[] = [];
  #length = 0;
  #writing: Promise<void> = Promise.resolve();
  #unflushed = 0;
  #flushing: Promise<void> | undefined;

  /**
   * @param label - name of the file in errors
   * @param position - offset of the first write, in bytes
   */
  constructor(file: FileHandle, label: string, position: number) {
    this.#file = file;
    this.#label = label;
    this.#position = position;
  }

  /**
   * Appends a piece. The caller must not reuse its memory.
   *
   * @throws {@link NetbootError} if an earlier write failed
   */
  async append(piece: Uint8Array): Promise<void> {
    this.#pieces.push(piece);
    this.#length += piece.length;
    const isFull = this.#length >= WRITE_BYTES || this.#pieces.length === MAX_PIECES;
    if (isFull) {
      await this.#startWrite();
    }
  }

  /**
   * Writes the remaining bytes, and waits for any sync in progress.
   *
   * @throws {@link NetbootError} if a write or sync failed
   */
  async finish(): Promise<void> {
    try {
      await this.#startWrite();
      await this.#writing;
    } finally {
      // The caller closes the file next, so nothing may still be using it.
      await this.#flushing;
    }
  }

  async #startWrite(): Promise<void> {
    await this.#writing;
    const [pieces, position] = [this.#pieces, this.#position];
    this.#pieces = [];
    this.#position += this.#length;
    this.#length = 0;
    this.#writing = withIoErrors(this.#label, () => this.#write(pieces, position));
    // A failure is reported by the next call that awaits the write; until then it must not count as
    // unhandled.
    this.#writing.catch(() => undefined);
  }

  #startFlush(): void {
    this.#unflushed = 0;
    this.#flushing = withIoErrors(this.#label, () => this.#file.datasync());
    this.#flushing.then(
      () => {
        this.#flushing = undefined;
      },
      // The failure is reported at the end; no further sync is started.
      () => undefined,
    );
  }

  async #write(pieces: readonly Uint8Array[], position: number): Promise<void> {
    if (pieces.length === 0) {
      return;
    }
    const { bytesWritten } = await this.#file.writev(pieces, position);
    this.#unflushed += bytesWritten;
    if (this.#unflushed >= FLUSH_BYTES && this.#flushing === undefined) {
      this.#startFlush();
    }
    const length = pieces.reduce((total, piece) => total + piece.length, 0);
    if (bytesWritten === length) {
      return;
    }
    // A short write: the next one reports why.
    const rest = Buffer.concat(pieces).subarray(bytesWritten);
    await this.#write([rest], position + bytesWritten);
  }
}
