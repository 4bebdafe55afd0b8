import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { openStore } from '../src/index.js';
import { madeUpMirror, temporaryStore, TRIXIE } from './support/made-up-mirror.js';

/** Reads a file slowly, as a booting machine does; returns its hash. */
async function readSlowly(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: 8192 })) {
    hash.update(piece as Buffer);
    await sleep(Math.random() * 4);
  }
  return hash.digest('hex');
}

describe('readers', () => {
  it('gives fifty readers a kernel and an initrd of one generation while generations change', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const writer = await temporaryStore();
    await archive.sync(writer);
    const pairs = new Set<string>();
    let isSwitching = true;

    /** Reads the kernel and then, perhaps after a switch, the initrd, repeatedly. */
    async function readOn(isOtherProcess: boolean): Promise<number> {
      const store = isOtherProcess ? await openStore(writer.directory, { readOnly: true }) : writer;
      let count = 0;
      do {
        const reading = store.retain((await store.current())!);
        const { linux, 'initrd.gz': initrd } = reading.generation.manifest.targets[0]!.files;
        expect(await readSlowly(store.blobPath(linux.sha256))).toBe(linux.sha256);
        expect(await readSlowly(store.blobPath(initrd.sha256))).toBe(initrd.sha256);
        pairs.add(`${linux.sha256} ${initrd.sha256}`);
        reading.release();
        count += 1;
      } while (isSwitching);
      return count;
    }

    const readers = Array.from({ length: 50 }, (_, index) => readOn(index % 2 === 0));
    const published = new Set<string>();
    for (let number = 2; number < 8; number += 1) {
      await archive.publish({
        ...TRIXIE,
        build: `2025010${number}`,
        kernel: `6.12.${number}+deb13`,
        date: new Date(Date.UTC(2026, 1, number)),
      });
      const { generation } = await archive.sync(writer);
      const { linux, 'initrd.gz': initrd } = generation.manifest.targets[0]!.files;
      published.add(`${linux.sha256} ${initrd.sha256}`);
      if (number === 5) {
        await writer.rollback();
      }
      await writer.prune({ keep: 0 });
    }
    isSwitching = false;
    const counts = await Promise.all(readers);
    expect(counts.every((count) => count > 0)).toBe(true);
    const [first] = pairs;
    for (const pair of pairs) {
      expect(pair === first || published.has(pair)).toBe(true);
    }
    expect(pairs.size).toBeGreaterThan(2);
  }, 240_000);
});
