import { type FileHandle } from 'node:fs/promises';

import { TftpError } from '../../errors.js';
import { CHUNK_BYTES, CHUNK_DISTANCE, type ChunkCache } from './chunk-cache.js';
import { type TftpSource } from './source.js';

/** Identity of a file in one state. */
export interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

/** Returns a cache key for a file in its current state; any change to the file changes the key. */
export function identityKey({ dev, ino, size, mtimeNs }: FileIdentity): string {
  return `${dev}:${ino}:${size}:${mtimeNs}`;
}

/**
 * File opened once for all transfers that read it, and closed with the last of them. If the file changes
 * meanwhile, reads from disk fail.
 */
export class SharedFile {
  readonly #handle: FileHandle;
  readonly #key: string;
  readonly #size: number;
  readonly #cache: ChunkCache;
  readonly #onUnused: () => void;
  #users = 0;

  /** @param onUnused - called when the last user has closed its source */
  constructor(handle: FileHandle, identity: FileIdentity, cache: ChunkCache, onUnused: () => void) {
    this.#handle = handle;
    this.#key = identityKey(identity);
    this.#size = Number(identity.size);
    this.#cache = cache;
    this.#onUnused = onUnused;
  }

  /** Returns a source for another transfer. */
  source(): TftpSource {
    this.#users += 1;
    let isOpen = true;
    return {
      size: this.#size,
      read: (offset, length) => this.#read(offset, length),
      close: async () => {
        if (isOpen) {
          isOpen = false;
          await this.#release();
        }
      },
    };
  }

  async #release(): Promise<void> {
    this.#users -= 1;
    if (this.#users === 0) {
      this.#onUnused();
      await this.#handle.close();
    }
  }

  #read(offset: number, length: number): Uint8Array | Promise<Uint8Array> {
    const index = Math.floor(offset / CHUNK_DISTANCE);
    const start = offset - index * CHUNK_DISTANCE;
    const chunk = this.#cache.read(`${this.#key}#${index}`, () => this.#load(index));
    return chunk instanceof Uint8Array
      ? chunk.subarray(start, start + length)
      : chunk.then((bytes) => bytes.subarray(start, start + length));
  }

  async #load(index: number): Promise<Uint8Array> {
    const offset = index * CHUNK_DISTANCE;
    const wanted = Math.min(CHUNK_BYTES, this.#size - offset);
    // Not from Buffer's pool: a small chunk must not keep 8 KiB of unrelated data alive.
    const bytes = new Uint8Array(wanted);
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await this.#handle.read(
        bytes,
        filled,
        wanted - filled,
        offset + filled,
      );
      if (bytesRead === 0) {
        break;
      }
      filled += bytesRead;
    }
    const now = await this.#handle.stat({ bigint: true });
    if (filled < wanted || identityKey(now) !== this.#key) {
      throw new TftpError('file changed while it was read');
    }
    return bytes;
  }
}
