import { type FileHandle } from 'node:fs/promises';

import { withIoErrors } from './io-error.js';

/** Pieces are gathered to writes of this size: each write costs a turn of the event loop. */
const WRITE_BYTES = 512 * 1024;

/** At most so many pieces are gathered: a peer that sends single bytes would fill memory with them. */
const MAX_PIECES = 1024;

/** So much is written before the system is told to bring it to the disk. */
const FLUSH_BYTES = 4 * 1024 * 1024;

/**
 * Writes a file from front to back, one write at a time, while the next pieces arrive. At most two
 * writes' worth of bytes are in memory. What is written is brought to the disk meanwhile, so that
 * little is left for whoever syncs the file at its end, as they still have to.
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
   * @param label - what to call the file in errors
   * @param position - where to begin
   */
  constructor(file: FileHandle, label: string, position: number) {
    this.#file = file;
    this.#label = label;
    this.#position = position;
  }

  /**
   * Takes a piece, whose memory must not be used for anything else from now on.
   *
   * @throws NetbootError for what a write before has met
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
   * Writes what is left.
   *
   * @throws NetbootError for what any write has met
   */
  async finish(): Promise<void> {
    try {
      await this.#startWrite();
      await this.#writing;
    } finally {
      // The file is closed next: nothing may go on with it.
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
    // It is told by whoever waits for it next; until then it is not unhandled.
    this.#writing.catch(() => undefined);
  }

  #startFlush(): void {
    this.#unflushed = 0;
    this.#flushing = withIoErrors(this.#label, () => this.#file.datasync());
    this.#flushing.then(
      () => {
        this.#flushing = undefined;
      },
      // A failure stays, for the end to tell: no other flush is begun.
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
    // The system may take less than it was given, and say why the next time.
    const rest = Buffer.concat(pieces).subarray(bytesWritten);
    await this.#write([rest], position + bytesWritten);
  }
}
