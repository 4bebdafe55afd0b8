import { CHUNK_BYTES } from './chunk-cache.js';

/**
 * Budget for the bytes that the transfers of a server hold in memory for sending. A buffer counts once,
 * however many transfers hold it: a thousand clients of one file share its chunks.
 */
export class HeldBytes {
  readonly #maxBytes: number;
  readonly #holds = new Map<ArrayBufferLike, { readonly bytes: number; count: number }>();
  #bytes = 0;
  /** Number of bytes requested but not received yet. */
  #awaitedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Number of bytes currently held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Returns true if `bytes` more bytes fit in the budget. */
  hasRoomFor(bytes: number): boolean {
    return this.#bytes + this.#awaitedBytes + bytes <= this.#maxBytes;
  }

  /** Reserves room for requested bytes. */
  expect(bytes: number): void {
    this.#awaitedBytes += bytes;
  }

  /** Ends a reservation made by {@link expect}. */
  expected(bytes: number): void {
    this.#awaitedBytes -= bytes;
  }

  /** Adds a chunk held by a transfer. */
  hold({ buffer }: Uint8Array): void {
    const known = this.#holds.get(buffer);
    if (known === undefined) {
      // A larger buffer belongs to someone who keeps it in memory anyway.
      const bytes = Math.min(buffer.byteLength, CHUNK_BYTES);
      this.#holds.set(buffer, { bytes, count: 1 });
      this.#bytes += bytes;
    } else {
      known.count += 1;
    }
  }

  /** Removes a chunk held by a transfer. */
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
