import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { SourceReader } from './source-reader.js';
import { type TftpSource } from './source.js';

const FILE = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7 + (index >> 8)) % 251);

function source(isAsynchronous: boolean): TftpSource {
  const copy = (offset: number, length: number): Uint8Array => FILE.slice(offset, offset + length);
  return {
    size: FILE.length,
    read: (offset, length) =>
      isAsynchronous ? Promise.resolve(copy(offset, length)) : copy(offset, length),
  };
}

/** Reads blocks as a transfer does: again after each `ready`, a bounded number of times. */
function blocksOf(file: TftpSource): (offset: number, length: number) => Promise<Uint8Array> {
  let wake = (): void => undefined;
  const reader = new SourceReader(file, {
    ready: () => {
      wake();
    },
    failed: (error) => {
      throw error;
    },
  });
  return async (offset, length) => {
    for (let tries = 0; tries < 4; tries++) {
      const isReady = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const bytes = reader.read(offset, length);
      if (bytes !== undefined) {
        return bytes;
      }
      await isReady;
    }
    throw new Error(`no block at ${offset} after four chunks`);
  };
}

describe('SourceReader', () => {
  it.each([false, true])('holds 8 KiB for a first block, by promises: %s', async (isAsync) => {
    const reader = new SourceReader(source(isAsync), {
      ready: () => undefined,
      failed: () => undefined,
    });

    reader.read(0, 1_428);
    await new Promise(setImmediate);

    expect(reader.read(0, 1_428)).toEqual(FILE.subarray(0, 1_428));
    await new Promise(setImmediate);
    expect(reader.chunkBytes).toBe(8_192);
  });

  it('gives any block of any size, from wherever it is asked', async () => {
    const blocks = fc.array(
      fc.tuple(
        fc.nat(FILE.length),
        fc.oneof(fc.constant(65_464), fc.integer({ min: 8, max: 65_464 })),
      ),
      { maxLength: 10 },
    );
    await fc.assert(
      fc.asyncProperty(blocks, fc.boolean(), async (wanted, isAsync) => {
        const read = blocksOf(source(isAsync));
        for (const [offset, length] of wanted) {
          const bytes = await read(offset, length);
          expect(Buffer.compare(bytes, FILE.subarray(offset, offset + length))).toBe(0);
        }
      }),
    );
  });
});
