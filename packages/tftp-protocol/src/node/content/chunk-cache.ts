/** Bytes of a file that are read and kept together. */
export const CHUNK_BYTES = 65_536;

/** Reads at a time: each has its memory from its start, and Node does only a few at once. */
const MAX_READS = 16;

/**
 * Chunks of files in memory, the least recently used first to go, within a budget of bytes. A read
 * that is under way is shared, so a thousand clients of one file cost one read of each chunk.
 */
export class ChunkCache {
  readonly #budgetBytes: number;
  readonly #chunks = new Map<string, Uint8Array>();
  readonly #loading = new Map<string, Promise<Uint8Array>>();
  /** Reads that wait for others to end. */
  readonly #waiting: (() => void)[] = [];
  #reads = 0;
  #sizeBytes = 0;

  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
  }

  /** Bytes kept at present. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The chunk called `key` if it is in memory, else a promise of it. */
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
