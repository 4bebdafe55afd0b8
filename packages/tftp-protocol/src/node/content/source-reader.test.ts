import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { HeldBytes } from './held-bytes.js';
import { SourceReader } from './source-reader.js';
import { bytesSource, type TftpSource } from './source.js';

const FILE = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7 + (index >> 8)) % 251);

function source(isAsynchronous: boolean): TftpSource {
  const copy = (offset: number, length: number): Uint8Array => FILE.slice(offset, offset + length);
  return {
    size: FILE.length,
    read: (offset, length) =>
      isAsynchronous ? Promise.resolve(copy(offset, length)) : copy(offset, length),
  };
}

/** Reads blocks as a transfer does: tries again after each `ready`, a limited number of times. */
function blocksOf(
  file: TftpSource,
  budget: number,
): (offset: number, length: number) => Promise<Uint8Array> {
  let wake = (): void => undefined;
  const reader = new SourceReader(file, new HeldBytes(budget), {
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

const NOBODY = {
  ready: () => undefined,
  failed: (error: unknown) => {
    throw error;
  },
};

/** Reads a whole file in blocks, like a transfer. */
async function readAll(reader: SourceReader, blksize: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let offset = 0;
  for (;;) {
    const block = reader.read(offset, blksize);
    if (block === undefined) {
      await new Promise(setImmediate);
    } else {
      pieces.push(block.slice());
      offset += block.length;
      if (block.length < blksize) {
        return Buffer.concat(pieces);
      }
    }
  }
}

describe('SourceReader', () => {
  it.each([false, true])(
    'holds 8 KiB for a first block (asynchronous source: %s)',
    async (isAsync) => {
      const held = new HeldBytes(1_000_000);
      const reader = new SourceReader(source(isAsync), held, {
        ready: () => undefined,
        failed: () => undefined,
      });

      reader.read(0, 1_428);
      await new Promise(setImmediate);

      expect(reader.read(0, 1_428)).toEqual(FILE.subarray(0, 1_428));
      await new Promise(setImmediate);
      expect(held.bytes).toBe(8_192);
    },
  );

  it('returns blocks of any size at any offset', async () => {
    const blocks = fc.array(
      fc.tuple(
        fc.nat(FILE.length),
        fc.oneof(fc.constant(65_464), fc.integer({ min: 8, max: 65_464 })),
      ),
      { maxLength: 10 },
    );
    await fc.assert(
      fc.asyncProperty(blocks, fc.boolean(), fc.boolean(), async (wanted, isAsync, isScarce) => {
        const read = blocksOf(source(isAsync), isScarce ? 0 : 1_000_000);
        for (const [offset, length] of wanted) {
          const bytes = await read(offset, length);
          expect(Buffer.compare(bytes, FILE.subarray(offset, offset + length))).toBe(0);
        }
      }),
    );
  });

  it.each([512, 1_468, 8_192, 65_464])(
    'reads a file correctly while there is no memory to hold chunks, in blocks of %i bytes',
    async (blksize) => {
      const asynchronous = {
        size: FILE.length,
        read: (offset: number, length: number) =>
          Promise.resolve(FILE.subarray(offset, offset + length)),
      };
      for (const source of [bytesSource(FILE), asynchronous]) {
        const held = new HeldBytes(0);
        const reader = new SourceReader(source, held, NOBODY);

        expect(Buffer.compare(await readAll(reader, blksize), FILE)).toBe(0);
        expect(held.bytes).toBeGreaterThan(0);
        expect(held.bytes).toBeLessThanOrEqual(3 * Math.max(8_192, blksize));
        reader.close();
        expect(held.bytes).toBe(0);
      }
    },
  );

  it.each([1, 16])(
    'asks an asynchronous source for little more than the file, in windows of %i blocks',
    async (windowsize) => {
      let wanted = 0;
      const slow: TftpSource = {
        size: FILE.length,
        read: async (offset, length) => {
          wanted += length;
          await new Promise(setImmediate);
          await new Promise(setImmediate);
          return FILE.subarray(offset, offset + length);
        },
      };
      const reader = new SourceReader(slow, new HeldBytes(1_000_000), NOBODY);
      let offset = 0;
      while (offset < FILE.length) {
        const length = Math.min(windowsize * 1_428, FILE.length - offset);
        const pieces =
          windowsize > 1 ? reader.readMany(offset, length, 1_428) : [reader.read(offset, length)];
        const bytes = pieces?.flatMap((piece) => (piece === undefined ? [] : [...piece])) ?? [];
        if (bytes.length === 0) {
          await new Promise(setImmediate);
        } else {
          expect(
            Buffer.compare(Uint8Array.from(bytes), FILE.subarray(offset, offset + length)),
          ).toBe(0);
          offset += length;
        }
      }
      expect(wanted).toBeLessThan(1.05 * FILE.length);
    },
  );

  it('holds at most its budget and some small copies, however many files are read', () => {
    const held = new HeldBytes(1_000_000);
    const readers = Array.from(
      { length: 200 },
      () => new SourceReader(bytesSource(FILE.slice()), held, NOBODY),
    );
    for (const offset of [0, 70_000, 140_000]) {
      for (const reader of readers) {
        expect(reader.read(offset, 512)).toEqual(FILE.subarray(offset, offset + 512));
      }
    }

    expect(held.bytes).toBeLessThanOrEqual(1_000_000 + 200 * 3 * 8_192);
    for (const reader of readers) {
      reader.close();
    }
    expect(held.bytes).toBe(0);
  });

  it('discards chunks that arrive after it was closed', async () => {
    const held = new HeldBytes(1_000_000);
    const source = { size: 600, read: () => Promise.resolve(new Uint8Array(600)) };
    const reader = new SourceReader(source, held, NOBODY);
    expect(reader.read(0, 512)).toBeUndefined();
    expect(held.hasRoomFor(1_000_000)).toBe(false);

    reader.close();
    await new Promise(setImmediate);

    expect([held.bytes, held.hasRoomFor(1_000_000)]).toEqual([0, true]);
  });
});
