import { type BlockSource } from '../../transfer/machine.js';

/** Callbacks of a {@link StreamSource}. */
export interface StreamSourceHandler {
  /** Called when missing bytes are in memory. */
  ready(): void;
  /** Called if the stream fails. */
  failed(error: unknown): void;
}

/**
 * Stream as a source of blocks. A stream cannot go back, so the last window is kept for retransmission. The
 * stream is read only as fast as blocks are sent.
 */
export class StreamSource implements BlockSource {
  /** Unknown, so that the transfer machine reads the stream to its end. */
  readonly size = undefined;
  readonly #expectedBytes: number | undefined;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #keepBytes: number;
  readonly #handler: StreamSourceHandler;
  /** Bytes of the stream from offset `#start` on. */
  #kept: Uint8Array = new Uint8Array(0);
  #start = 0;
  #receivedBytes = 0;
  #isReading = false;
  #isAtEnd = false;

  /**
   * @param expectedBytes - size of the stream, if known; a stream of another size fails
   * @param keepBytes - maximum distance that `read` may go back, in bytes: the payload of a window
   */
  constructor(
    stream: ReadableStream<Uint8Array>,
    expectedBytes: number | undefined,
    keepBytes: number,
    handler: StreamSourceHandler,
  ) {
    this.#reader = stream.getReader();
    this.#expectedBytes = expectedBytes;
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

  /** Cancels the stream. */
  async cancel(reason: unknown): Promise<void> {
    // The stream may have failed already; `reason` is the error that matters.
    await this.#reader.cancel(reason).catch(() => undefined);
  }

  #checkSize(isAtEnd: boolean): void {
    const expected = this.#expectedBytes ?? this.#receivedBytes;
    const isLonger = this.#receivedBytes > expected;
    if (isLonger || (isAtEnd && this.#receivedBytes < expected)) {
      const got = isLonger ? 'more' : this.#receivedBytes;
      throw new RangeError(`expected a stream of ${expected} bytes (size), got ${got}`);
    }
  }

  async #readMore(offset: number): Promise<void> {
    this.#isReading = true;
    try {
      const { done, value } = await this.#reader.read();
      this.#receivedBytes += value?.length ?? 0;
      this.#checkSize(done);
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
