import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { plainBlobs } from '../../test/support/plain-blobs.js';
import {
  type BlobCache,
  type BlobReader,
  CHUNK_BYTES,
  createBlobCache,
  type PinnedBytes,
} from './blob-cache.js';

const SIZE = 2 * CHUNK_BYTES + 1000;
const content = randomBytes(SIZE);
const large = randomBytes(8 * CHUNK_BYTES);
let directory: string;

describe('createBlobCache', () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pxeboot-chunks-'));
    await writeFile(join(directory, 'blob'), content);
    await writeFile(join(directory, 'large'), large);
    await writeFile(join(directory, 'short'), content.subarray(0, 10));
  });

  afterAll(async () => {
    await rm(directory, { recursive: true });
  });

  function cacheOf(maxBytes = 16 * CHUNK_BYTES) {
    return createBlobCache(plainBlobs(directory), maxBytes);
  }

  /** Opens a file of eight chunks. */
  async function openLarge(cache: BlobCache, source?: string) {
    return { reader: await cache.open('large', large.byteLength, source), bytes: large };
  }

  describe('createBlobCache', () => {
    it.each([
      [0, 512],
      [CHUNK_BYTES - 100, 200],
      [CHUNK_BYTES - 1, CHUNK_BYTES + 2],
      [SIZE - 10, 512],
      [SIZE, 512],
      [0, SIZE],
    ])('reads exactly the bytes of a range: %i, %i', async (offset, length) => {
      const reader = await cacheOf().open('blob', SIZE);
      const bytes = await reader.read(offset, length);
      expect(Buffer.compare(bytes, content.subarray(offset, offset + length))).toBe(0);
      await reader.close();
    });

    it('returns bytes in memory without a promise', async () => {
      const reader = await cacheOf().open('blob', SIZE);
      await reader.read(0, 1);
      expect(reader.read(100, 512)).toBeInstanceOf(Uint8Array);
      await reader.close();
    });

    it('gives readers of the same range one shared copy, and other readers the bytes of their own range', async () => {
      const cache = cacheOf();
      const reader = await cache.open('blob', SIZE);
      const other = await cache.open('blob', SIZE);
      const first = await reader.read(0, 8192);
      expect(other.read(0, 8192)).toBe(first);
      // Readers that read at the same time share one copy, too.
      const across = CHUNK_BYTES - 4096;
      const reads = [reader, other].map(async (each) => await each.read(across, 8192));
      const [one, two] = await Promise.all(reads);
      expect(two).toBe(one);
      expect(Buffer.compare(one!, content.subarray(across, across + 8192))).toBe(0);
      const next = await other.read(8192, 8192);
      expect(next).not.toBe(first);
      expect(Buffer.compare(next, content.subarray(8192, 16_384))).toBe(0);
      await Promise.all([reader.close(), other.close()]);
    });

    it('keeps serving a pruned file that is open', async () => {
      await writeFile(join(directory, 'doomed'), content);
      const cache = cacheOf(CHUNK_BYTES);
      const [first, second] = [await cache.open('doomed', SIZE), await cache.open('doomed', SIZE)];
      await rm(join(directory, 'doomed'));
      await first.close();
      expect(Buffer.compare(await second.read(0, SIZE), content)).toBe(0);
      await second.close();
      await expect(cache.open('doomed', SIZE)).rejects.toThrow('ENOENT');
    });

    it('rejects a file that is too short', async () => {
      const reader = await cacheOf().open('short', 20);
      await expect(reader.read(0, 20)).rejects.toThrow('file ended at byte 10');
      await reader.close();
    });

    it('finishes every read when more chunks are requested at once than fit', async () => {
      const cache = cacheOf(2 * CHUNK_BYTES);
      const names = Array.from({ length: 12 }, (_, index) => `cold-${index}`);
      await Promise.all(names.map((name) => writeFile(join(directory, name), content)));
      const readers = await Promise.all(names.map((name) => cache.open(name, SIZE)));
      const read = async (reader: BlobReader, offset: number) => reader.read(offset, 100);
      const reads = readers.flatMap((reader) => [read(reader, 0), read(reader, CHUNK_BYTES)]);
      for (const bytes of await Promise.all(reads)) {
        expect(bytes.byteLength).toBe(100);
      }
      await Promise.all(readers.map((reader) => reader.close()));
    });

    it('stays within its budget', async () => {
      const reader = await cacheOf(CHUNK_BYTES).open('blob', SIZE);
      await reader.read(0, 1);
      await reader.read(CHUNK_BYTES, 1);
      expect(reader.read(0, 1)).toBeInstanceOf(Promise);
      await reader.close();
    });

    it('shares pinned bytes up to a quarter of its budget, then requires copies', async () => {
      const cache = cacheOf(16 * CHUNK_BYTES);
      const readers = await Promise.all(['a', 'b', 'c', 'd'].map((name) => openLarge(cache, name)));
      const [{ reader, bytes }] = readers as [(typeof readers)[0]];
      const pinned: PinnedBytes[] = [];
      for (const [index, { reader: each }] of readers.entries()) {
        pinned.push((await each.pin(index * CHUNK_BYTES + 10, 100))!);
      }
      expect(cache.usage.pinnedBytes).toBe(4 * CHUNK_BYTES);
      expect(await reader.pin(4 * CHUNK_BYTES, 100)).toBeUndefined();
      const again = await reader.pin(20, 100);
      expect(Buffer.compare(again!.bytes, bytes.subarray(20, 120))).toBe(0);
      const copy = Buffer.alloc(100);
      expect(await reader.readInto(copy, 4 * CHUNK_BYTES)).toBe(100);
      expect(Buffer.compare(copy, bytes.subarray(4 * CHUNK_BYTES, 4 * CHUNK_BYTES + 100))).toBe(0);
      for (const each of [...pinned, again!]) {
        each.release();
      }
      expect(cache.usage.pinnedBytes).toBe(0);
      await Promise.all(readers.map((each) => each.reader.close()));
    });

    it('leaves other sources as many pins as one source uses', async () => {
      const cache = cacheOf(16 * CHUNK_BYTES);
      const { reader: crowd } = await openLarge(cache, 'crowd');
      const { reader } = await openLarge(cache, 'other');
      for (const index of [0, 1]) {
        expect(await crowd.pin(index * CHUNK_BYTES, 100)).toBeDefined();
      }
      expect(await crowd.pin(2 * CHUNK_BYTES, 100)).toBeUndefined();
      expect(await reader.pin(4 * CHUNK_BYTES, 100)).toBeDefined();
      await Promise.all([crowd.close(), reader.close()]);
    });

    it('leaves the other addresses of an IPv6 /64 as many pins as one of them uses', async () => {
      const cache = cacheOf(16 * CHUNK_BYTES);
      const { reader: crowd } = await openLarge(cache, '2001:db8::bad');
      const { reader } = await openLarge(cache, '2001:db8::1');
      expect(await crowd.pin(0, 100)).toBeDefined();
      expect(await crowd.pin(CHUNK_BYTES, 100)).toBeUndefined();
      const pinned = await reader.pin(4 * CHUNK_BYTES, 100);
      expect(pinned).toBeDefined();
      pinned?.release();
      expect(await reader.pin(5 * CHUNK_BYTES, 100)).toBeDefined();
      await Promise.all([crowd.close(), reader.close()]);
    });

    it('loads no chunk for a source that has used its share of pins', async () => {
      const reads: number[] = [];
      const open = plainBlobs(directory);
      const cache = createBlobCache(async (sha256, size) => {
        const blob = await open(sha256, size);
        return {
          readInto(target, offset) {
            reads.push(target.byteLength);
            return blob.readInto(target, offset);
          },
          close: () => blob.close(),
        };
      }, 16 * CHUNK_BYTES);
      const { reader: crowd } = await openLarge(cache, 'crowd');
      await crowd.pin(0, 100);
      await crowd.pin(CHUNK_BYTES, 100);
      reads.length = 0;
      expect(await crowd.pin(2 * CHUNK_BYTES, 100)).toBeUndefined();
      expect(reads).toEqual([]);
      expect(await crowd.readInto(Buffer.alloc(100), 2 * CHUNK_BYTES)).toBe(100);
      expect(reads).toEqual([100]);
      await crowd.close();
    });

    it('reads from disk for each source in turn', async () => {
      const ended: string[] = [];
      const waiting: (() => void)[] = [];
      const blob = {
        readInto: () => new Promise<void>((resolve) => waiting.push(resolve)),
        close: () => Promise.resolve(),
      };
      const cache = createBlobCache(() => Promise.resolve(blob), 8 * CHUNK_BYTES);
      const size = 64 * CHUNK_BYTES;
      const crowd = await cache.open('x', size, 'crowd');
      const other = await cache.open('x', size, 'other');
      const read = async (reader: BlobReader, name: string, index: number): Promise<void> => {
        await reader.readInto(Buffer.alloc(16), index * CHUNK_BYTES);
        ended.push(name);
      };
      const reads = Array.from({ length: 40 }, (_, index) => read(crowd, 'crowd', index));
      reads.push(read(other, 'other', 41));
      while (ended.length < reads.length) {
        for (const finish of waiting.splice(0)) {
          finish();
        }
        await new Promise(setImmediate);
      }
      await Promise.all(reads);
      expect(ended.indexOf('other')).toBeLessThan(20);
      await Promise.all([crowd.close(), other.close()]);
    });

    it('stays within its budget while thousands of readers request different chunks', async () => {
      const budget = 8 * CHUNK_BYTES;
      const cache = cacheOf(budget);
      const size = 64 * CHUNK_BYTES;
      await writeFile(join(directory, 'sparse'), '');
      await truncate(join(directory, 'sparse'), size);
      const reader = await cache.open('sparse', size);
      let peak = 0;
      const note = (): void => {
        const { cachedBytes, pinnedBytes, loadingBytes } = cache.usage;
        peak = Math.max(peak, cachedBytes + pinnedBytes + loadingBytes);
      };
      const reads = Array.from({ length: 4096 }, async (_, index) => {
        const read = reader.read((index % 64) * CHUNK_BYTES + index, 64);
        note();
        const bytes = await read;
        note();
        return bytes.byteLength;
      });
      expect(new Set(await Promise.all(reads))).toEqual(new Set([64]));
      expect(peak).toBeGreaterThan(0);
      expect(peak).toBeLessThanOrEqual(budget);
      await reader.close();
    });

    it('returns private copies, which keep no chunk in memory', async () => {
      const reader = await cacheOf().open('blob', SIZE);
      const first = await reader.read(0, 64);
      const second = await reader.read(0, 64);
      expect(first.buffer.byteLength).toBe(64);
      first.fill(0);
      expect(Buffer.compare(second, content.subarray(0, 64))).toBe(0);
      await reader.close();
    });
  });
});
