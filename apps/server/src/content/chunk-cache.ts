import { open, type FileHandle } from 'node:fs/promises';

import { LRUCache } from 'lru-cache';

/** Bytes of one cached piece of a file. */
export const CHUNK_BYTES = 1024 * 1024;

/** An open blob. Close it once; the file stays readable until then, even if it is pruned. */
export interface BlobReader {
  /** In bytes. */
  readonly size: number;
  /**
   * The bytes from `offset`, at most `length` of them and no further than the end of their chunk:
   * at once when the chunk is in memory, else as a promise.
   */
  slice(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
  /** Exactly the bytes of a range, joined where it spans chunks. */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Shares the bytes of files between all transfers, in bounded memory. */
export interface ChunkCache {
  open(sha256: string, size: number): Promise<BlobReader>;
}

interface SharedFile {
  readonly handle: Promise<FileHandle>;
  readers: number;
}

/**
 * A cache of file chunks under one byte budget: a thousand clients that load one initrd cost one
 * copy of it.
 *
 * @param pathOf where the blob of a hash lies
 * @param maxBytes budget, in bytes
 */
export function createChunkCache(pathOf: (sha256: string) => string, maxBytes: number): ChunkCache {
  const files = new Map<string, SharedFile>();
  const chunks = new LRUCache<
    string,
    Uint8Array,
    { handle: FileHandle; length: number; at: number }
  >({
    maxSize: maxBytes,
    // A chunk on its way is wanted even if others fill the budget before it is there.
    ignoreFetchAbort: true,
    sizeCalculation: (chunk) => Math.max(1, chunk.byteLength),
    fetchMethod: (_key, _stale, { context }) =>
      readFully(context.handle, context.at, context.length),
  });

  function acquire(sha256: string): SharedFile {
    const shared = files.get(sha256) ?? { handle: open(pathOf(sha256), 'r'), readers: 0 };
    files.set(sha256, shared);
    shared.readers++;
    return shared;
  }

  async function release(sha256: string, shared: SharedFile): Promise<void> {
    shared.readers--;
    if (shared.readers > 0) return;
    files.delete(sha256);
    await (await shared.handle).close();
  }

  return {
    async open(sha256, size) {
      const shared = acquire(sha256);
      let handle: FileHandle;
      try {
        handle = await shared.handle;
      } catch (error) {
        files.delete(sha256);
        throw error;
      }

      function chunk(index: number): Uint8Array | Promise<Uint8Array> {
        const key = `${sha256}:${index}`;
        const cached = chunks.get(key);
        if (cached !== undefined) return cached;
        const at = index * CHUNK_BYTES;
        const length = Math.min(CHUNK_BYTES, size - at);
        return chunks.forceFetch(key, { context: { handle, at, length } });
      }

      function slice(offset: number, length: number): Uint8Array | Promise<Uint8Array> {
        const end = Math.min(offset + length, size);
        if (offset >= end) return new Uint8Array(0);
        const index = Math.floor(offset / CHUNK_BYTES);
        const from = offset - index * CHUNK_BYTES;
        const whole = chunk(index);
        const cut = (bytes: Uint8Array): Uint8Array => bytes.subarray(from, from + end - offset);
        return whole instanceof Promise ? whole.then(cut) : cut(whole);
      }

      async function join(first: Uint8Array | Promise<Uint8Array>, offset: number, length: number) {
        const bytes = new Uint8Array(length);
        let piece = await first;
        let filled = 0;
        for (;;) {
          bytes.set(piece, filled);
          filled += piece.byteLength;
          if (filled === length) return bytes;
          piece = await slice(offset + filled, length - filled);
        }
      }

      let isOpen = true;
      return {
        size,
        slice,
        read(offset, length) {
          const wanted = Math.max(0, Math.min(length, size - offset));
          const first = slice(offset, wanted);
          const spans =
            Math.floor(offset / CHUNK_BYTES) !==
            Math.floor((offset + Math.max(wanted, 1) - 1) / CHUNK_BYTES);
          return spans ? join(first, offset, wanted) : first;
        },
        async close() {
          if (!isOpen) return;
          isOpen = false;
          await release(sha256, shared);
        },
      };
    },
  };
}

async function readFully(handle: FileHandle, at: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, at + filled);
    if (bytesRead === 0) throw new Error(`file ended at byte ${at + filled}, expected more`);
    filled += bytesRead;
  }
  return bytes;
}
