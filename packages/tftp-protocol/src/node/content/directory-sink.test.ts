import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { temporaryDirectory } from '../../../test/support/directories.js';
import { directorySink } from './directory-sink.js';

const PIECE = new Uint8Array(255 * 1024).fill(7);

describe('directorySink', () => {
  it('limits the bytes buffered for all uploads, and writes the rest immediately', async () => {
    await using temporary = await temporaryDirectory();
    const take = directorySink(temporary.path);
    const sinks = await Promise.all(
      Array.from({ length: 80 }, (_, index) => take({ filename: `f${index}` })),
    );
    const writes = sinks.map((sink) => sink.write(PIECE));
    const gathered = writes.filter((write) => write === undefined).length;
    expect(gathered).toBe(Math.floor((16 * 1024) / 255));
    for (const write of writes) {
      await write;
    }

    // Aborting uploads frees memory, and the data buffered for the others is not lost.
    for (const sink of sinks.slice(0, 40)) {
      await sink.abort?.();
    }
    const later = await take({ filename: 'later' });
    expect(later.write(PIECE)).toBeUndefined();
    for (const sink of [...sinks.slice(40), later]) {
      await sink.close();
    }
    expect(await readdir(temporary.path)).toHaveLength(41);
    for (const name of ['f40', 'f79', 'later']) {
      expect(Buffer.compare(await readFile(join(temporary.path, name)), PIECE)).toBe(0);
    }
  });

  it('refuses an upload without a file name, and says so', async () => {
    await using temporary = await temporaryDirectory();

    await expect(directorySink(temporary.path)({ filename: '/' })).rejects.toMatchObject({
      message: 'no file name',
      wireCode: 2,
    });
  });
});
