import { describe, expect, it } from 'vitest';

import { ChunkCache } from './chunk-cache.js';

/** Returns a function that loads chunks of ten bytes, and the list of keys that it loaded. */
function loader(): { readonly loaded: string[]; load: (key: string) => Promise<Uint8Array> } {
  const loaded: string[] = [];
  return {
    loaded,
    load: (key) => {
      loaded.push(key);
      return Promise.resolve(new Uint8Array(10));
    },
  };
}

describe('ChunkCache', () => {
  it('stays within its budget by dropping the least recently used chunk', async () => {
    const { loaded, load } = loader();
    const cache = new ChunkCache(25);
    const read = (key: string): Uint8Array | Promise<Uint8Array> =>
      cache.read(key, () => load(key));

    await read('a');
    await read('b');
    expect(read('a')).toBeInstanceOf(Uint8Array);
    await read('c');

    expect(cache.sizeBytes).toBe(20);
    expect(read('a')).toBeInstanceOf(Uint8Array);
    expect(read('c')).toBeInstanceOf(Uint8Array);
    await read('b');
    expect(loaded).toEqual(['a', 'b', 'c', 'b']);
  });

  it('shares one read among concurrent requests for a chunk', async () => {
    const { loaded, load } = loader();
    const cache = new ChunkCache(100);

    const read = async (): Promise<Uint8Array> => cache.read('a', () => load('a'));
    const [one, other] = await Promise.all([read(), read()]);

    expect(one).toBe(other);
    expect(loaded).toEqual(['a']);
  });

  it('does not cache failures or chunks larger than its budget', async () => {
    const { loaded, load } = loader();
    const cache = new ChunkCache(5);

    await cache.read('a', () => load('a'));
    expect(cache.sizeBytes).toBe(0);
    await expect(cache.read('b', () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    await cache.read('b', () => load('b'));

    expect(loaded).toEqual(['a', 'b']);
  });

  it('limits concurrent reads to sixteen, since each allocates its memory first', async () => {
    const cache = new ChunkCache(1_000);
    const reads = new Map<string, () => void>();
    const results = Array.from({ length: 40 }, async (_, index) =>
      cache.read(
        String(index),
        () =>
          new Promise((resolve) => {
            reads.set(String(index), () => {
              reads.delete(String(index));
              resolve(new Uint8Array(10));
            });
          }),
      ),
    );
    let most = 0;
    while (reads.size > 0) {
      most = Math.max(most, reads.size);
      reads.values().next().value?.();
      await new Promise(setImmediate);
    }

    expect(most).toBe(16);
    expect(await Promise.all(results)).toHaveLength(40);
    expect(cache.sizeBytes).toBe(400);
  });
});
