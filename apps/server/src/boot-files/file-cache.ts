import { deflateRawSync, inflateRawSync } from 'node:zlib';

import { LRUCache } from 'lru-cache';

import { type MemoryContent } from '../content/content.js';

/**
 * Limits of the most recent files, which are ready to be sent. Files contain the address of this host that the client
 * used, so clients could request any number of different ones.
 */
const READY = { files: 256, bytes: 4 * 1024 * 1024 } as const;

/** Limits of the compressed files. A menu of 10 kB takes about 1.5 kB. */
const PACKED = { files: 8192, bytes: 8 * 1024 * 1024 } as const;

/**
 * Cache of generated files. Rendering a menu takes a millisecond, and someone on the boot network may request those of
 * thousands of hosts in turn, so files that are no longer among the most recent ones are kept compressed: unpacking one
 * takes a twentieth of that time.
 */
export class FileCache {
  readonly #ready = new LRUCache<string, MemoryContent>({
    max: READY.files,
    maxSize: READY.bytes,
    sizeCalculation: sizeOf,
    dispose: (file, key, reason) => {
      if (reason === 'evict' && !this.#packed.has(key)) {
        this.#packed.set(key, { ...file, bytes: deflateRawSync(file.bytes, { level: 1 }) });
      }
    },
  });
  readonly #packed = new LRUCache<string, MemoryContent>({
    max: PACKED.files,
    maxSize: PACKED.bytes,
    sizeCalculation: sizeOf,
  });

  get(key: string): MemoryContent | undefined {
    const ready = this.#ready.get(key);
    if (ready !== undefined) {
      return ready;
    }
    const packed = this.#packed.get(key);
    return packed && { ...packed, bytes: inflateRawSync(packed.bytes) };
  }

  set(key: string, file: MemoryContent): void {
    this.#ready.set(key, file);
  }

  clear(): void {
    this.#ready.clear();
    this.#packed.clear();
  }
}

function sizeOf({ bytes }: MemoryContent): number {
  return Math.max(1, bytes.byteLength);
}
