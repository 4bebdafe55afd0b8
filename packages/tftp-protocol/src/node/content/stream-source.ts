import { type BlockSource } from '../../transfer/machine.js';

/** What a {@link StreamSource} tells its owner. */
export interface StreamSourceHandler {
  /** Bytes that were not in memory before are now. */
  ready(): void;
  /** The stream broke. */
  failed(error: unknown): void;
}

/**
 * A stream as a source of blocks. A stream cannot go back, so what a lost window may ask for again
 * is kept, and nothing else; the stream is read only as fast as blocks are asked for.
 */
export class StreamSource implements BlockSource {
  readonly size: number | undefined;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #keepBytes: number;
  readonly #handler: StreamSourceHandler;
  /** Bytes from `#start` on. */
  #kept: Uint8Array = new Uint8Array(0);
  #start = 0;
  #isReading = false;
  #isAtEnd = false;

  /** @param keepBytes - how far back `read` may go: payload bytes in a window */
  constructor(
    stream: ReadableStream<Uint8Array>,
    size: number | undefined,
    keepBytes: number,
    handler: StreamSourceHandler,
  ) {
    this.#reader = stream.getReader();
    this.size = size;
    this.#keepBytes = keepBytes;
    this.#handler = handler;
  }

  read(offset: number, length: number): Uint8Array | undefined {
    const from = offset - this.#start;
    if (!this.#isAtEnd && this.#kept.length < from + length) {
      if (!this.#isReading) {
        void this.#readMore(offset);
      }
      return undefined;
    }
    return this.#kept.slice(from, from + length);
  }

  /** Ends the stream before its end. */
  async cancel(reason: unknown): Promise<void> {
    // A stream that is broken, or breaks now, has nothing to add to the reason for its end.
    await this.#reader.cancel(reason).catch(() => undefined);
  }

  async #readMore(offset: number): Promise<void> {
    this.#isReading = true;
    try {
      const { done, value } = await this.#reader.read();
      if (done) {
        this.#isAtEnd = true;
      } else {
        const drop = Math.max(0, offset - this.#keepBytes - this.#start);
        this.#kept = Buffer.concat([this.#kept.subarray(drop), value]);
        this.#start += drop;
      }
    } catch (error) {
      this.#handler.failed(error);
      return;
    } finally {
      this.#isReading = false;
    }
    this.#handler.ready();
  }
}
