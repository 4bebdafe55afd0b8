/** Bytes of a buffer that count when a part of it is held: a larger one is its owner's to keep. */
export const MAX_PINNED_BYTES: number = 64 * 1024;

/**
 * Bytes of files that the transfers of a server hold in memory for sending, within a budget. A buffer
 * counts once, however many transfers hold it: a thousand clients of one file share its chunks.
 */
export class HeldBytes {
  readonly #maxBytes: number;
  readonly #holds = new Map<ArrayBufferLike, { readonly bytes: number; count: number }>();
  #bytes = 0;
  /** Bytes that were asked for and have not come yet. */
  #awaitedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes held at present. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether `bytes` more are within the budget. */
  hasRoomFor(bytes: number): boolean {
    return this.#bytes + this.#awaitedBytes + bytes <= this.#maxBytes;
  }

  /** Keeps room for `bytes` that were asked for. */
  expect(bytes: number): void {
    this.#awaitedBytes += bytes;
  }

  /** What was {@link expect}ed has come, or will not. */
  expected(bytes: number): void {
    this.#awaitedBytes -= bytes;
  }

  /** A transfer holds a chunk from now on. */
  hold({ buffer }: Uint8Array): void {
    const known = this.#holds.get(buffer);
    if (known === undefined) {
      const bytes = Math.min(buffer.byteLength, MAX_PINNED_BYTES);
      this.#holds.set(buffer, { bytes, count: 1 });
      this.#bytes += bytes;
    } else {
      known.count += 1;
    }
  }

  /** A transfer does not hold a chunk any longer. */
  release({ buffer }: Uint8Array): void {
    const known = this.#holds.get(buffer);
    if (known !== undefined) {
      known.count -= 1;
      if (known.count === 0) {
        this.#holds.delete(buffer);
        this.#bytes -= known.bytes;
      }
    }
  }
}
