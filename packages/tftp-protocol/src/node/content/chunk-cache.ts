/** Distance between the starts of two chunks of a file, in bytes: large enough to make reads cheap. */
export const CHUNK_DISTANCE = 65_536;

/**
 * Size of the chunks in which files are read, held and cached, in bytes. Chunks overlap by the largest block that fits
 * the MTU of Ethernet, so that each such block is in one chunk.
 */
export const CHUNK_BYTES: number = CHUNK_DISTANCE + 1_468;

/**
 * Maximum number of concurrent reads: each one allocates its memory immediately, and Node runs only a few at
 * a time.
 */
const MAX_READS = 16;

/**
 * LRU cache of file chunks, limited in bytes. Reads in progress are shared, so a thousand clients of one
 * file cost one read per chunk.
 */
export class ChunkCache {
  readonly #budgetBytes: number;
  readonly #chunks = new Map<string, Uint8Array>();
  readonly #loading = new Map<string, Promise<Uint8Array>>();
  /** Reads waiting for others to finish. */
  readonly #waiting: (() => void)[] = [];
  #reads = 0;
  #sizeBytes = 0;

  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
  }

  /** Current size in bytes. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Returns the chunk `key` if it is in memory, and otherwise a promise for it. */
  read(key: string, load: () => Promise<Uint8Array>): Uint8Array | Promise<Uint8Array> {
    const kept = this.#chunks.get(key);
    if (kept !== undefined) {
      this.#chunks.delete(key);
      this.#chunks.set(key, kept);
      return kept;
    }
    let loading = this.#loading.get(key);
    if (loading === undefined) {
      loading = this.#load(key, load);
      this.#loading.set(key, loading);
    }
    return loading;
  }

  async #load(key: string, load: () => Promise<Uint8Array>): Promise<Uint8Array> {
    if (this.#reads >= MAX_READS) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    } else {
      this.#reads += 1;
    }
    try {
      const bytes = await load();
      this.#keep(key, bytes);
      return bytes;
    } finally {
      this.#loading.delete(key);
      const next = this.#waiting.shift();
      if (next === undefined) {
        this.#reads -= 1;
      } else {
        next();
      }
    }
  }

  #keep(key: string, bytes: Uint8Array): void {
    this.#chunks.set(key, bytes);
    this.#sizeBytes += bytes.length;
    for (const [oldest, chunk] of this.#chunks) {
      if (this.#sizeBytes <= this.#budgetBytes) {
        break;
      }
      this.#chunks.delete(oldest);
      this.#sizeBytes -= chunk.length;
    }
  }
}
