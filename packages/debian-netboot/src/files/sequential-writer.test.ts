import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { SequentialWriter } from './sequential-writer.js';

let directory = '';

describe('sequential writer', () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sequential-writer-'));
  });

  afterAll(async () => {
    await rm(directory, { recursive: true });
  });

  describe('a sequential writer', () => {
    it('writes pieces of any size in order', async () => {
      const path = join(directory, 'file');
      const sizes = fc.array(fc.integer({ min: 0, max: 700_000 }), { maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(sizes, fc.integer({ min: 0, max: 9 }), async (lengths, offset) => {
          const front = Buffer.alloc(offset, 0xff);
          await writeFile(path, front);
          const pieces = lengths.map((length, index) => Buffer.alloc(length, index + 1));
          const file = await open(path, 'r+');
          const writer = new SequentialWriter(file, 'file', offset);
          for (const piece of pieces) {
            await writer.append(piece);
          }
          await writer.finish();
          await file.close();
          expect((await readFile(path)).equals(Buffer.concat([front, ...pieces]))).toBe(true);
        }),
        { numRuns: 20 },
      );
    });

    it('keeps writing while earlier bytes are synced', async () => {
      const path = join(directory, 'large');
      const pieces = Array.from({ length: 300 }, (_piece, index) => Buffer.alloc(65_536, index));
      const file = await open(path, 'wx');
      const writer = new SequentialWriter(file, 'large', 0);
      for (const piece of pieces) {
        await writer.append(piece);
      }
      await writer.finish();
      await file.close();
      expect((await readFile(path)).equals(Buffer.concat(pieces))).toBe(true);
    });

    it('reports a failed write at the end at the latest', async () => {
      const path = join(directory, 'read-only');
      await writeFile(path, '');
      const file = await open(path, 'r');
      const writer = new SequentialWriter(file, 'linux', 0);
      await writer.append(Buffer.from('few bytes'));
      await expect(writer.finish()).rejects.toMatchObject({
        code: 'ERR_NETBOOT_IO',
        cause: { code: 'EBADF' },
      });
      await file.close();
    });

    it('reports a failed sync at the end', async () => {
      // Accepts every byte, and cannot be synced.
      const file = await open('/dev/null', 'w');
      const writer = new SequentialWriter(file, 'linux', 0);
      for (let piece = 0; piece < 6; piece += 1) {
        await writer.append(Buffer.alloc(1024 * 1024));
      }
      await expect(writer.finish()).rejects.toMatchObject({
        code: 'ERR_NETBOOT_IO',
        cause: { code: 'EINVAL', syscall: 'fdatasync' },
      });
      await file.close();
    });
  });
});
