import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { collect, pieces } from '../../test/support/pieces.js';
import { NetbootError } from '../errors.js';
import { type Compression, compressionOf, decompress } from './decompress.js';

const LIMITS = { maxBytes: 64 * 1024 * 1024, maxRatio: 200 };
const CONTENT = Buffer.concat([randomBytes(100_000), Buffer.from('Debian '.repeat(20_000))]);

/** Compresses with xz, the program that Debian's archive uses. */
function xz(content: Buffer): Buffer {
  const { stdout, status } = spawnSync('xz', ['-9', '-c'], { input: content, maxBuffer: 1e9 });
  if (status !== 0) {
    throw new Error('this test needs the program xz (package xz-utils)');
  }
  return stdout;
}

function repeated(content: Buffer, count: number): Buffer {
  return Buffer.concat(Array<Buffer>(count).fill(content));
}

/** Returns empty Deflate blocks, none of which is marked as the last. */
function emptyBlocks(header: Buffer, count: number): Buffer {
  return Buffer.concat([header, repeated(Buffer.from([0, 0, 0, 0xff, 0xff]), count)]);
}

/** Long enough that even half of it is decoded in a thread. */
const LONG_CONTENT = randomBytes(5 * 1024 * 1024);

const PACKED: readonly (readonly [string, Compression, Buffer, Buffer])[] = [
  ['plain', 'none', CONTENT, CONTENT],
  ['gzip', 'gzip', CONTENT, gzipSync(CONTENT)],
  ['xz', 'xz', CONTENT, xz(CONTENT)],
  ['long xz', 'xz', LONG_CONTENT, xz(LONG_CONTENT)],
];

describe('decompress', () => {
  it('derives the compression from the file extension', () => {
    expect(['data.tar.xz', 'Packages.gz', 'Packages'].map(compressionOf)).toEqual([
      'xz',
      'gzip',
      'none',
    ]);
  });

  describe.each(PACKED)('%s data', (_name, compression, original, packed) => {
    it.each([1000, 65_536, packed.length])(
      'is decompressed from pieces of %i bytes',
      async (length) => {
        const content = await collect(decompress(pieces(packed, length), compression, LIMITS));
        expect(content.equals(original)).toBe(true);
      },
    );

    it('is released when the reader stops early', async () => {
      for (let count = 0; count < 3; count += 1) {
        for await (const piece of decompress(pieces(packed), compression, LIMITS)) {
          expect(piece.length).toBeGreaterThan(0);
          break;
        }
      }
      // An unreleased stream would block the next one; an unreleased thread would also keep the process from
      // exiting.
      expect(await collect(decompress(pieces(packed), compression, LIMITS))).toHaveLength(
        original.length,
      );
    });

    it('is refused beyond the size limit', async () => {
      const limits = { ...LIMITS, maxBytes: original.length - 1 };
      await expect(collect(decompress(pieces(packed), compression, limits))).rejects.toMatchObject({
        code: 'ERR_NETBOOT_HOSTILE_ARCHIVE',
      });
    });

    it('passes on an error of its input unchanged', async () => {
      const failure = new Error('the network went away');
      const failing = pieces(packed.subarray(0, -10));
      failing.on('end', () => failing.destroy(failure));
      const content = (async function* () {
        yield* failing as AsyncIterable<Uint8Array>;
        await Promise.reject(failure);
      })();
      await expect(collect(decompress(content, compression, LIMITS))).rejects.toBe(failure);
    });
  });

  describe.each(PACKED.slice(1))('damaged %s data', (_name, compression, _original, packed) => {
    it.each([
      ['cut short', packed.subarray(0, -10)],
      ['cut in the middle', packed.subarray(0, packed.length / 2)],
      ['cut at the start', packed.subarray(5)],
      ['empty', Buffer.alloc(0)],
      ['something else', Buffer.from('<html>404</html>'.repeat(100))],
    ])('is refused: %s', async (_what, damaged) => {
      await expect(collect(decompress(pieces(damaged), compression, LIMITS))).rejects.toMatchObject(
        {
          code: 'ERR_NETBOOT_MALFORMED_ARCHIVE',
        },
      );
    });
  });

  describe.each(['xz', 'gzip'] as const)('damaged %s data', (compression) => {
    it('is refused, or decoded within its limits, whichever byte is wrong', async () => {
      const content = CONTENT.subarray(0, 500);
      const small = compression === 'xz' ? xz(content) : gzipSync(content);
      await fc.assert(
        fc.asyncProperty(
          fc.nat(small.length - 1),
          fc.integer({ min: 1, max: 255 }),
          async (position, flip) => {
            const damaged = Buffer.from(small);
            damaged.writeUInt8(damaged.readUInt8(position) ^ flip, position);
            await collect(decompress(pieces(damaged), compression, LIMITS)).catch(
              (error: unknown) => {
                expect(error).toBeInstanceOf(NetbootError);
              },
            );
          },
        ),
        { numRuns: 100 },
      );
    });
  });

  describe('decompression bombs', () => {
    const zeros = Buffer.alloc(100 * 1024 * 1024);

    it.each([
      ['gzip', gzipSync(zeros)],
      ['xz', xz(zeros)],
    ] as const)(
      'are stopped because of their ratio, long before their end: %s',
      async (compression, bomb) => {
        let received = 0;
        const limits = { maxBytes: 1024 * 1024 * 1024, maxRatio: 200 };
        const inflating = (async () => {
          for await (const piece of decompress(pieces(bomb, 4096), compression, limits)) {
            received += piece.length;
          }
        })();
        await expect(inflating).rejects.toMatchObject({ code: 'ERR_NETBOOT_HOSTILE_ARCHIVE' });
        expect(received).toBeLessThan(30 * 1024 * 1024);
      },
    );
  });

  describe('compressed data of an absurd shape', () => {
    const member = gzipSync('');
    const named = Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 0xff]);
    /** Data that declares a dictionary of 1.5 GiB, which xz would allocate as a whole. */
    const dictionary =
      '/Td6WFoAAATm1rRGAgAhASUAAAA7eHtBAQACYWJjAAAndicaSgnYLAABGwMLL7kQH7bzfQEAAAAABFla';

    it.each<[string, Compression, Buffer, number | undefined]>([
      ['a dictionary of 1.5 GiB', 'xz', Buffer.from(dictionary, 'base64'), undefined],
      ['50,000 empty streams', 'xz', repeated(xz(Buffer.alloc(0)), 50_000), 0],
      ['20,000 streams of one byte each', 'xz', repeated(xz(Buffer.from('a')), 20_000), 20_000],
      ['garbage at the end', 'xz', Buffer.concat([xz(CONTENT), CONTENT]), undefined],
      ['500,000 empty members', 'gzip', repeated(member, 500_000), 0],
      ['an endless name', 'gzip', Buffer.concat([named, Buffer.alloc(2e7, 'n')]), undefined],
      ['endless empty blocks', 'gzip', emptyBlocks(member.subarray(0, 10), 2e6), undefined],
      ['garbage at the end', 'gzip', Buffer.concat([gzipSync('a'), CONTENT]), undefined],
    ])('is read or refused in little memory: %s (%s)', async (_what, compression, packed, size) => {
      const before = process.memoryUsage().rss;
      const reading = collect(decompress(pieces(packed, 65_536), compression, LIMITS));
      await (size === undefined
        ? expect(reading).rejects.toMatchObject({ code: 'ERR_NETBOOT_MALFORMED_ARCHIVE' })
        : expect(reading.then((content) => content.length)).resolves.toBe(size));
      expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
    });
  });

  it.each([
    ['short', CONTENT.subarray(100_000)],
    ['long', LONG_CONTENT],
  ])('decoding %s xz data does not block the event loop', async (_length, content) => {
    const packed = xz(Buffer.concat([content, Buffer.alloc(1024 * 1024)]));
    let turns = 0;
    let next = setImmediate(function count() {
      turns += 1;
      next = setImmediate(count);
    });
    let received = 0;
    for await (const piece of decompress(pieces(packed), 'xz', LIMITS)) {
      received += piece.length;
    }
    clearImmediate(next);
    // Bytes per turn are limited to what a thread transfers in one message.
    expect(turns).toBeGreaterThanOrEqual(received / (256 * 1024));
  });
});
