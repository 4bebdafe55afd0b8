import { LRUCache } from 'lru-cache';

import { sourceGroup } from '../access/source-group.js';
import { FairTurns } from '../limits/fair-turns.js';

/** Size of a chunk, in bytes. */
export const CHUNK_BYTES = 1024 * 1024;

/** Maximum number of chunks read from disk concurrently. */
const MAX_LOADS = 8;
/** Fraction of the budget that pins may use. */
const PINNED_SHARE = 1 / 4;
/** Maximum number of concurrent reads from disk, of whole chunks or less. */
const MAX_READS = 8;

/** Client of a reader: its address, and the source that the address counts towards. */
interface Client {
  readonly address: string;
  readonly source: string;
}

/** Client that stands for readers without an address. */
const NO_CLIENT: Client = { address: '', source: '' };

/** Minimum size in bytes of a copy that readers share; sharing a smaller one costs more than it saves. */
const MIN_SHARED_BYTES = 4 * 1024;

/** Bytes of a chunk that stays in memory until released. */
export interface PinnedBytes {
  readonly bytes: Uint8Array;
  /** Must be called once, when nothing reads the bytes any longer. */
  release(): void;
}

/** Open blob. Stays readable until closed, even if the file is pruned. */
export interface BlobReader {
  /** Size of the file, in bytes. */
  readonly size: number;
  /**
   * Returns a copy of a range, shortened at the end of the file; not a promise if the range is within one chunk
   * that is in memory. The copy must not be changed: readers of the same range share it.
   */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
  /**
   * Copies bytes from `offset` into `target`, up to the end of their chunk; returns their number. If the
   * chunk is not in memory and the client has used up its share of pins or loads, only these bytes are read.
   */
  readInto(target: Uint8Array, offset: number): number | Promise<number>;
  /**
   * Shares at most `length` bytes from `offset`, up to the end of their chunk. Returns undefined if that
   * would exceed the budget or the client's share of it; the caller must then copy the bytes.
   */
  pin(offset: number, length: number): PinnedBytes | undefined | Promise<PinnedBytes | undefined>;
  close(): Promise<void>;
}

/** Current memory use of a cache. */
export interface BlobCacheUsage {
  /** Size of the cached chunks, in bytes. */
  readonly cachedBytes: number;
  /** Size of the chunks being sent, cached or not, in bytes. */
  readonly pinnedBytes: number;
  /** Size of the chunks being read from disk, in bytes; each counts as {@link CHUNK_BYTES}. */
  readonly loadingBytes: number;
}

/** Shares file contents among all transfers, with limited memory. */
export interface BlobCache {
  /**
   * Opens a blob.
   *
   * @param address - plain address of the client. Sources and their addresses take turns reading from disk.
   *   None of them may use more pins or loads than remain free. `@default` one source for all readers without
   *   an address
   */
  open(sha256: string, size: number, address?: string): Promise<BlobReader>;
  readonly usage: BlobCacheUsage;
}

/** Blob opened by the store, which has verified its bytes. */
export interface OpenBlob {
  /** Fills `target` with the bytes from `offset`; rejects if the file is shorter or has changed. */
  readInto(target: Uint8Array, offset: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens a blob by hash and size; rejects if it is damaged. */
export type BlobOpener = (sha256: string, size: number) => Promise<OpenBlob>;

interface SharedFile {
  readonly blob: Promise<OpenBlob>;
  readers: number;
}

interface Chunk {
  readonly key: string;
  readonly bytes: Buffer;
  /** Number of slices of the chunk that are currently being sent. */
  pins: number;
  /** Client that the pins are counted for: the first one to pin the chunk. */
  pinnedFor: Client;
  /** Number of readers that wait for the chunk, or have not copied their bytes yet. */
  waiters: number;
  isCached: boolean;
}

/**
 * Creates a cache of file chunks with one byte budget: a thousand clients that load one initrd share one
 * copy of it.
 *
 * The budget covers cached chunks, evicted chunks that slow clients still pin (at most a quarter), and chunks
 * being loaded. When pins or loads are used up, bytes are copied, or read from the file without a chunk:
 * slower, but nothing fails. A source that has used up its share of pins loads no chunks, since they would
 * only evict those of others. Buffers are reused, because an allocator whose large blocks are freed in random
 * order hardly returns memory to the system.
 *
 * @param openBlob - opens a blob, once for all concurrent readers
 * @param maxBytes - budget, in bytes
 */
export function createBlobCache(openBlob: BlobOpener, maxBytes: number): BlobCache {
  const maxPinnedBytes = Math.floor(maxBytes * PINNED_SHARE);
  const maxLoads = Math.max(1, Math.min(MAX_LOADS, Math.floor(maxBytes / 8 / CHUNK_BYTES)));
  const reads = new FairTurns(MAX_READS);
  const files = new Map<string, SharedFile>();
  const loading = new Map<string, { chunk: Chunk; loaded: Promise<void> }>();
  /** Chunks being sent, cached or not, by key. */
  const pinned = new Map<string, Chunk>();
  const spare: Buffer[] = [];
  const copies = new SharedCopies();
  const chunks = new LRUCache<string, Chunk>({
    maxSize: Math.max(1, maxBytes - maxPinnedBytes - maxLoads * CHUNK_BYTES),
    sizeCalculation: ({ bytes }) => Math.max(1, bytes.byteLength),
    dispose: (chunk) => {
      chunk.isCached = false;
      recycle(chunk);
    },
  });
  let pinnedBytes = 0;
  /** Pinned bytes, and number of chunks being loaded, by source and by address. */
  const pinnedBy = new Map<string, number>();
  const loadsBy = new Map<string, number>();

  /**
   * Returns true if a client may pin one more chunk. Its source may use at most as much as is left free, so
   * that there is always a share for the next source, and a single source gets half: stalled readers never
   * release their pins. The same holds for an address within the share of its IPv6 /64.
   *
   * @param toLoad - size of the chunks being loaded, in bytes: they may be pinned as well
   */
  function mayPin(client: Client, toLoad: number): boolean {
    return pinnedBytes + claim(pinnedBy, client) + toLoad + CHUNK_BYTES <= maxPinnedBytes;
  }

  /** Returns true if a client may load another chunk, according to the same rule. */
  function mayLoad(client: Client): boolean {
    return loading.size + claim(loadsBy, client) < maxLoads;
  }

  function acquire(sha256: string, size: number): SharedFile {
    const shared = files.get(sha256) ?? { blob: openBlob(sha256, size), readers: 0 };
    files.set(sha256, shared);
    shared.readers++;
    return shared;
  }

  function forget(sha256: string, shared: SharedFile): void {
    if (files.get(sha256) === shared) {
      files.delete(sha256);
    }
  }

  async function release(sha256: string, shared: SharedFile): Promise<void> {
    shared.readers--;
    if (shared.readers > 0) {
      return;
    }
    forget(sha256, shared);
    await (await shared.blob).close();
  }

  /** Recycles the buffer of a chunk, unless the chunk is still in use. */
  function recycle({ bytes, pins, waiters, isCached }: Chunk): void {
    const isFree = pins === 0 && waiters === 0 && !isCached;
    if (isFree && bytes.byteLength === CHUNK_BYTES) {
      spare.push(bytes);
    }
  }

  function newChunk(key: string, length: number): Chunk {
    const bytes =
      (length === CHUNK_BYTES ? spare.pop() : undefined) ?? Buffer.allocUnsafeSlow(length);
    return { key, bytes, pins: 0, pinnedFor: NO_CLIENT, waiters: 0, isCached: false };
  }

  function pinChunk(
    chunk: Chunk,
    from: number,
    to: number,
    client: Client,
  ): PinnedBytes | undefined {
    const { byteLength } = chunk.bytes;
    if (chunk.pins === 0) {
      if (!mayPin(client, 0)) {
        return undefined;
      }
      pinnedBytes += byteLength;
      chunk.pinnedFor = client;
      count(pinnedBy, client, byteLength);
      pinned.set(chunk.key, chunk);
    }
    chunk.pins++;
    return {
      bytes: chunk.bytes.subarray(from, to),
      release() {
        chunk.pins--;
        if (chunk.pins > 0) {
          return;
        }
        pinnedBytes -= byteLength;
        count(pinnedBy, chunk.pinnedFor, -byteLength);
        pinned.delete(chunk.key);
        recycle(chunk);
      },
    };
  }

  return {
    async open(sha256, size, address) {
      const client = address === undefined ? NO_CLIENT : clientAt(address);
      const shared = acquire(sha256, size);
      let blob: OpenBlob;
      try {
        blob = await shared.blob;
      } catch (error) {
        forget(sha256, shared);
        throw error;
      }

      /**
       * Calls `use` with a chunk, synchronously if it is in memory; returns undefined if it must not be
       * loaded. The chunk is valid only while `use` runs, or while it is pinned.
       */
      function withChunk<Result>(
        index: number,
        isWorthLoading: () => boolean,
        use: (chunk: Chunk) => Result,
      ): { readonly result: Result | Promise<Result> } | undefined {
        const key = `${sha256}:${index}`;
        const present = chunks.get(key) ?? pinned.get(key);
        if (present !== undefined) {
          return { result: use(present) };
        }
        let load = loading.get(key);
        if (load === undefined) {
          if (!mayLoad(client) || !isWorthLoading()) {
            return undefined;
          }
          const chunk = newChunk(key, Math.min(CHUNK_BYTES, size - index * CHUNK_BYTES));
          load = { chunk, loaded: loadChunk(key, chunk, index * CHUNK_BYTES) };
          loading.set(key, load);
        }
        return { result: useLoaded(load, use) };
      }

      async function readFile(target: Uint8Array, offset: number): Promise<void> {
        await reads.take(client.address);
        try {
          await blob.readInto(target, offset);
        } catch (error) {
          // The next reader opens the file again, which verifies it.
          forget(sha256, shared);
          throw error;
        } finally {
          reads.give();
        }
      }

      async function useLoaded<Result>(
        { chunk, loaded }: { readonly chunk: Chunk; readonly loaded: Promise<void> },
        use: (chunk: Chunk) => Result,
      ): Promise<Result> {
        chunk.waiters++;
        try {
          await loaded;
          return use(chunk);
        } finally {
          chunk.waiters--;
          recycle(chunk);
        }
      }

      async function loadChunk(key: string, chunk: Chunk, at: number): Promise<void> {
        count(loadsBy, client, 1);
        try {
          await readFile(chunk.bytes, at);
          chunks.set(key, chunk);
          chunk.isCached = chunks.has(key);
        } finally {
          loading.delete(key);
          count(loadsBy, client, -1);
        }
      }

      function readInto(target: Uint8Array, offset: number): number | Promise<number> {
        const index = Math.floor(offset / CHUNK_BYTES);
        const end = Math.min(offset + target.byteLength, size, (index + 1) * CHUNK_BYTES);
        const length = end - offset;
        if (length <= 0) {
          return 0;
        }
        const from = offset - index * CHUNK_BYTES;
        const copied = withChunk(
          index,
          () => !pinnedBy.has(client.address) || mayPin(client, 0),
          ({ bytes }) => bytes.copy(target, 0, from, from + length),
        );
        return copied?.result ?? readFile(target.subarray(0, length), offset).then(() => length);
      }

      function pin(
        offset: number,
        length: number,
      ): PinnedBytes | undefined | Promise<PinnedBytes | undefined> {
        const index = Math.floor(offset / CHUNK_BYTES);
        const from = offset - index * CHUNK_BYTES;
        const to = Math.min(from + length, CHUNK_BYTES, size - index * CHUNK_BYTES);
        return withChunk(
          index,
          () => mayPin(client, loading.size * CHUNK_BYTES),
          (chunk) => pinChunk(chunk, from, to, client),
        )?.result;
      }

      async function readRest(
        bytes: Uint8Array,
        first: number | Promise<number>,
        offset: number,
        key: string,
      ): Promise<Uint8Array> {
        let filled = await first;
        while (filled < bytes.byteLength) {
          filled += await readInto(bytes.subarray(filled), offset + filled);
        }
        return copies.share(key, bytes);
      }

      let isOpen = true;
      return {
        size,
        readInto,
        pin,
        read(offset, length) {
          const wanted = Math.max(0, Math.min(length, size - offset));
          const key = `${sha256}:${offset}:${wanted}`;
          const known = copies.find(key);
          if (known !== undefined) {
            return known;
          }
          const bytes = Buffer.allocUnsafeSlow(wanted);
          const first = readInto(bytes, offset);
          return first === wanted ? copies.share(key, bytes) : readRest(bytes, first, offset, key);
        },
        async close() {
          if (!isOpen) {
            return;
          }
          isOpen = false;
          await release(sha256, shared);
        },
      };
    },
    get usage() {
      return {
        cachedBytes: chunks.calculatedSize,
        pinnedBytes,
        loadingBytes: loading.size * CHUNK_BYTES,
      };
    },
  };
}

/**
 * Copies of ranges, for as long as any reader holds them: a thousand TFTP clients that load one initrd at
 * about the same pace hold a few copies instead of 64 KiB each.
 */
class SharedCopies {
  readonly #copies = new Map<string, WeakRef<Uint8Array>>();
  readonly #collected = new FinalizationRegistry<string>((key) => {
    // A new copy may have replaced the garbage-collected one.
    if (this.find(key) === undefined) {
      this.#copies.delete(key);
    }
  });

  find(key: string): Uint8Array | undefined {
    return this.#copies.get(key)?.deref();
  }

  /**
   * Shares a complete copy; returns the copy to use, which may be one that another reader has made in the
   * meantime.
   */
  share(key: string, bytes: Uint8Array): Uint8Array {
    if (bytes.byteLength < MIN_SHARED_BYTES) {
      return bytes;
    }
    const known = this.find(key);
    if (known !== undefined) {
      return known;
    }
    this.#copies.set(key, new WeakRef(bytes));
    this.#collected.register(bytes, key);
    return bytes;
  }
}

/**
 * Returns the part of a budget that must remain free for a client's request: as much as its source and its
 * address use.
 */
function claim(counts: ReadonlyMap<string, number>, { address, source }: Client): number {
  const ofSource = counts.get(source) ?? 0;
  // A source gets at most half of the budget, and an address at most half of that: hence the factor of 2.
  return source === address ? ofSource : ofSource + 2 * (counts.get(address) ?? 0);
}

/** Counts a change for the address and the source of a client. */
function count(counts: Map<string, number>, { address, source }: Client, change: number): void {
  countFor(counts, address, change);
  if (source !== address) {
    countFor(counts, source, change);
  }
}

function countFor(counts: Map<string, number>, key: string, change: number): void {
  const sum = (counts.get(key) ?? 0) + change;
  if (sum === 0) {
    counts.delete(key);
  } else {
    counts.set(key, sum);
  }
}

function clientAt(address: string): Client {
  return { address, source: sourceGroup(address) };
}
