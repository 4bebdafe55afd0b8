import { gzipSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { type ListedFile } from '../archive/release-file.js';
import { type AcceptedRelease } from './accept-releases.js';
import { fetchIndex } from './fetch-index.js';
import { SharedArrivals, type SyncContext } from './sync-context.js';

const MIB = 1024 * 1024;

/**
 * Returns the number of bytes that the reader of a 64 MiB index gets while the index arrives.
 *
 * @param listed - files of the Release
 */
async function bytesOfBomb(listed: readonly ListedFile[]): Promise<number> {
  const bomb = gzipSync(Buffer.alloc(64 * MIB));
  const update = {
    find: () => Promise.resolve(undefined),
    async add(content: AsyncIterable<Uint8Array>) {
      for await (const _piece of content) {
        // The index's hash would only be checked at the end.
      }
      throw new Error('wrong hash');
    },
  };
  const context = {
    update,
    before: undefined,
    arrivals: new SharedArrivals(),
  } as unknown as SyncContext;
  const view: Partial<AcceptedRelease['view']> = {
    async index(choices, _byHash, receive) {
      const [file] = choices;
      return file && receive(file, piecesOf(bomb));
    },
  };
  const files = new Map(listed.map((file) => [file.path, file]));
  const release = { suite: 'trixie', release: { files }, view } as unknown as AcceptedRelease;
  let bytes = 0;
  let reading: Promise<void> | undefined;
  const read = async (text: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const piece of text) {
      bytes += piece.length;
    }
  };
  const onArriving = (text: AsyncIterable<Uint8Array>): void => {
    reading = read(text).catch(() => undefined);
  };
  await expect(fetchIndex(context, release, ['Packages'], { onArriving })).rejects.toThrow(
    'wrong hash',
  );
  await reading;
  return bytes;
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

const file = (path: string, size: number): ListedFile => ({ path, size, sha256: '0'.repeat(64) });

describe('fetchIndex', () => {
  it('unpacks no more of an arriving index than the signed size of its text', async () => {
    const packed = file('Packages.gz', 70_000);
    expect(await bytesOfBomb([packed, file('Packages', 2 * MIB)])).toBeLessThanOrEqual(2 * MIB);
    expect(await bytesOfBomb([packed])).toBeGreaterThan(2 * MIB);
  });
});
