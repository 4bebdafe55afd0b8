import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { type ImageStore, openStore } from '../src/index.js';
import {
  BOOKWORM_TEXT,
  madeUpMirror,
  type MadeUpMirror,
  temporaryDirectory,
  temporaryStore,
  TRIXIE,
  TRIXIE_TEXT,
} from './support/made-up-mirror.js';
import { collect } from './support/pieces.js';

/** Publishes the next build, and syncs it. */
async function nextGeneration(
  archive: MadeUpMirror,
  store: ImageStore,
  number: number,
): Promise<string> {
  await archive.publish({
    ...TRIXIE,
    build: `2025010${number}+deb13u${number}`,
    date: new Date(Date.UTC(2026, 0, number)),
  });
  const { generation } = await archive.sync(store);
  return generation.id;
}

/** Returns a store with three generations, the newest first. */
async function storeOfThree(): Promise<{
  archive: MadeUpMirror;
  store: ImageStore;
  ids: string[];
}> {
  const archive = await madeUpMirror();
  const store = await temporaryStore();
  const ids: string[] = [];
  for (const number of [1, 2, 3]) {
    ids.unshift(await nextGeneration(archive, store, number));
  }
  return { archive, store, ids };
}

/** Returns the names of all content-addressed files of a store. */
async function blobNames(store: ImageStore): Promise<string[]> {
  const names = await readdir(join(store.directory, 'blobs', 'sha256'), { recursive: true });
  return names
    .map((name) => name.slice(3))
    .filter((name) => name !== '')
    .sort();
}

describe('store', () => {
  describe('opening a store', () => {
    it('for writing creates an empty store', async () => {
      const store = await openStore(join(await temporaryDirectory(), 'a', 'b'));
      expect(await store.current()).toBeUndefined();
      expect(await store.generations()).toEqual([]);
      expect(store.readOnly).toBe(false);
    });

    it('for reading does not create it', async () => {
      const path = join(await temporaryDirectory(), 'none');
      await expect(openStore(path, { readOnly: true })).rejects.toMatchObject({
        code: 'ERR_NETBOOT_NO_STORE',
      });
      await expect(stat(path)).rejects.toThrow();
    });

    it('for reading accepts an empty directory as an empty store', async () => {
      const store = await openStore(await temporaryDirectory(), { readOnly: true });
      expect(await store.current()).toBeUndefined();
      expect(await readdir(store.directory)).toEqual([]);
    });

    it('creates it next to files that its user keeps there, but not next to others', async () => {
      const directory = await temporaryDirectory();
      const isOtherFile = (name: string) => name === 'state.db';
      await writeFile(join(directory, 'state.db'), '');
      await expect(openStore(directory)).rejects.toMatchObject({ code: 'ERR_NETBOOT_NOT_A_STORE' });
      const reader = await openStore(directory, { readOnly: true, isOtherFile });
      expect(await reader.current()).toBeUndefined();
      await writeFile(join(directory, 'letter.txt'), '');
      await expect(openStore(directory, { isOtherFile })).rejects.toThrow('"letter.txt"');
      await rm(join(directory, 'letter.txt'));
      const store = await openStore(directory, { isOtherFile });
      expect(await store.current()).toBeUndefined();
      expect(await readdir(directory)).toContain('state.db');
    });

    it('for reading refuses to write', async () => {
      const store = await openStore((await temporaryStore()).directory, { readOnly: true });
      const refusal = { code: 'ERR_NETBOOT_STORE_READ_ONLY' };
      await expect(store.beginUpdate()).rejects.toMatchObject(refusal);
      await expect(store.prune()).rejects.toMatchObject(refusal);
      await expect(store.rollback()).rejects.toMatchObject(refusal);
    });

    it.each([
      ['99', 'ERR_NETBOOT_STORE_TOO_NEW'],
      ['soon', 'ERR_NETBOOT_STORE_DAMAGED'],
    ])('of another layout (%s) is refused', async (format, code) => {
      const store = await temporaryStore();
      await writeFile(join(store.directory, 'format'), format);
      await rm(join(store.directory, 'format.sha256'));
      await expect(openStore(store.directory)).rejects.toMatchObject({ code });
      await expect(openStore(store.directory, { readOnly: true })).rejects.toMatchObject({ code });
    });

    it('records the times of the last and the next sync', async () => {
      const store = await temporaryStore();
      expect(await store.refreshRecord()).toEqual({});
      const checkedAt = new Date('2026-11-28T10:00:00Z');
      const nextCheckAt = new Date('2026-11-28T16:00:00Z');
      await store.recordRefresh({ checkedAt, outcome: 'complete', nextCheckAt });
      await store.recordRefresh({ outcome: 'failed' });
      const reader = await openStore(store.directory, { readOnly: true });
      expect(await reader.refreshRecord()).toEqual({ checkedAt, outcome: 'failed', nextCheckAt });
      await writeFile(join(store.directory, 'refresh.json'), '{"checkedAt": 1}');
      expect(await reader.refreshRecord()).toEqual({});
      await expect(reader.recordRefresh({})).rejects.toMatchObject({
        code: 'ERR_NETBOOT_STORE_READ_ONLY',
      });
    });

    it('of the previous layout is readable, and converted by a sync', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const { directory } = await temporaryStore();
      const format = join(directory, 'format');
      const { generation } = await archive.sync(await openStore(directory));
      await writeFile(format, '1\n');
      const reader = await openStore(directory, { readOnly: true });
      expect((await reader.current())?.id).toBe(generation.id);
      const writer = await openStore(directory);
      // A prune does not convert the store: a full disk has no space for that.
      await writer.prune();
      expect(await readFile(format, 'utf8')).toBe('1\n');
      await archive.sync(writer);
      expect(await readFile(format, 'utf8')).toBe('4\n');
      expect((await reader.current())?.id).toBe(generation.id);
    });

    it('reports a file in place of a directory', async () => {
      const path = join(await temporaryDirectory(), 'file');
      await writeFile(path, '');
      await expect(openStore(path)).rejects.toMatchObject({ code: 'ERR_NETBOOT_IO' });
    });
  });

  it('reads back what was stored', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const { generation } = await archive.sync(store);
    const linux = generation.manifest.targets[0]!.files.linux;
    const content = await collect(store.read(linux));
    expect(content).toHaveLength(linux.size);
    expect((await readFile(store.blobPath(linux.sha256))).equals(content)).toBe(true);
    expect(() => store.blobPath('../../etc/passwd')).toThrow(RangeError);
  });

  describe('a rollback', () => {
    it('returns to the previous generation, and the next sync does not undo it', async () => {
      const { archive, store, ids } = await storeOfThree();
      const rolledBack = await store.rollback();
      expect(rolledBack.id).toBe(ids[1]);
      expect((await store.current())?.id).toBe(ids[1]);
      const again = await archive.sync(store);
      expect(again).toMatchObject({ outcome: 'rejected', changed: false });
      expect((await store.current())?.id).toBe(ids[1]);
      // Images newer than the rejected ones are accepted.
      const newest = await nextGeneration(archive, store, 4);
      expect((await store.current())?.id).toBe(newest);
    });

    it('stays in force when the archive signs the same images again, and skips generations with the same images', async () => {
      const archive = await madeUpMirror();
      const store = await temporaryStore();
      const first = await nextGeneration(archive, store, 1);
      const second = await nextGeneration(archive, store, 2);
      const build = '20250102+deb13u2';
      const publishAt = (day: number): Promise<unknown> =>
        archive.publish({ ...TRIXIE, build, date: new Date(Date.UTC(2026, 0, day)) });
      await publishAt(3);
      const { generation: third } = await archive.sync(store);
      expect(third.id).not.toBe(second);

      expect((await store.rollback()).id).toBe(first);
      await publishAt(4);
      expect((await archive.sync(store)).outcome).toBe('rejected');
      expect((await store.current())?.id).toBe(first);

      // Between generations with the same images there is nothing to reject.
      await store.rollback(third.id);
      await store.rollback(second);
      expect((await archive.sync(store)).outcome).toBe('changed');
    });

    it('accepts the id of an earlier or later generation', async () => {
      const { archive, store, ids } = await storeOfThree();
      expect((await store.rollback(ids[2])).id).toBe(ids[2]);
      expect((await store.rollback(ids[2])).id).toBe(ids[2]);
      expect((await store.rollback(ids[0])).id).toBe(ids[0]);
      // Making the newer generation current again lifts the rejection.
      expect((await archive.sync(store)).outcome).toBe('unchanged');
    });

    it('is an error without an earlier generation', async () => {
      const error = { code: 'ERR_NETBOOT_NO_GENERATION' };
      const archive = await madeUpMirror(TRIXIE);
      const store = await temporaryStore();
      await expect(store.rollback()).rejects.toMatchObject(error);
      await archive.sync(store);
      await expect(store.rollback()).rejects.toMatchObject(error);
      await expect(store.rollback('20200101T000000Z-00000000')).rejects.toMatchObject(error);
    });
  });

  describe('a prune', () => {
    it('keeps generations that were current in the last two hours', async () => {
      const { store, ids } = await storeOfThree();
      expect(await store.prune({ keep: 0 })).toMatchObject({
        generations: [],
        files: 0,
        bytes: 0,
        kept: ids.map((id, index) => ({ id, reason: index === 0 ? 'current' : 'recent' })),
        foreign: [],
      });
      expect((await store.generations()).map(({ id }) => id)).toEqual(ids);
    });

    it('removes old generations, and files that only they need', async () => {
      const { store, ids } = await storeOfThree();
      const before = await blobNames(store);
      const report = await store.prune({ keep: 1, graceMs: 0 });
      expect(report.generations).toEqual([ids[2]]);
      expect(report.files).toBeGreaterThan(3);
      expect((await store.generations()).map(({ id }) => id)).toEqual(ids.slice(0, 2));
      expect(await blobNames(store)).toHaveLength(before.length - report.files);
      for (const { manifest } of await store.generations()) {
        for (const target of manifest.targets) {
          expect(await collect(store.read(target.files.linux))).not.toHaveLength(0);
        }
      }
    });

    it('keeps pinned generations and those being read', async () => {
      const { store, ids } = await storeOfThree();
      const [, second] = await store.generations();
      const reading = store.retain(second!);
      const rules = { keep: 0, graceMs: 0, pinned: [ids[2]!] };
      expect((await store.prune(rules)).generations).toEqual([]);
      reading.release();
      reading.release();
      expect((await store.prune(rules)).generations).toEqual([ids[1]]);
    });

    it('uses the time when a generation was last current, not its age', async () => {
      const { store, ids } = await storeOfThree();
      for (const id of ids) {
        const path = join(store.directory, 'generations', id);
        await utimes(path, new Date('2026-01-01'), new Date('2026-01-01'));
      }
      await store.rollback();
      expect((await store.prune({ keep: 0 })).generations).toEqual([ids[2]]);
    });

    it('removes incomplete generations unless pinned or in use, and keeps complete ones instead', async () => {
      const { store, ids } = await storeOfThree();
      const [current, second, third] = await Promise.all(
        ids.map((id) =>
          readFile(join(store.directory, 'generations', id, 'evidence.json'), 'utf8'),
        ),
      );
      const sha256 = second!
        .match(/\b[0-9a-f]{64}\b/g)!
        .find((hash) => !current!.includes(hash) && !third!.includes(hash))!;
      await rm(join(store.directory, 'blobs/sha256', sha256.slice(0, 2), sha256));
      expect((await store.prune({ pinned: [ids[1]!] })).generations).toEqual([]);
      const report = await store.prune({ keep: 1, graceMs: 0 });
      expect(report.generations).toEqual([ids[1]]);
      expect(report.kept.map(({ id }) => id)).toEqual([ids[0], ids[2]]);
    });

    it('removes a damaged generation that is not the current one', async () => {
      const { store, ids } = await storeOfThree();
      await writeFile(join(store.directory, 'generations', ids[2]!, 'manifest.json'), '{');
      expect((await store.generations()).map(({ id }) => id)).toEqual(ids.slice(0, 2));
      expect((await store.prune()).generations).toEqual([ids[2]]);
    });

    it.each([
      ['current is lost', (directory: string) => rm(join(directory, 'current'))],
      [
        'the current generation is lost',
        (directory: string, [newest]: readonly string[]) =>
          rm(join(directory, 'generations', newest!), { recursive: true }),
      ],
    ])('keeps the served generation if %s', async (_what, lose) => {
      const { store, ids } = await storeOfThree();
      await lose(store.directory, ids);
      const served = await store.servable();
      await store.prune({ keep: 0, graceMs: 0 });
      expect(await store.servable()).toEqual(served);
      const files = await store.check(served!.generation, { isUrgent: true });
      expect(files).toEqual([]);
    });

    it('does not count damaged generations among those to keep', async () => {
      const { store, ids } = await storeOfThree();
      await writeFile(join(store.directory, 'generations', ids[1]!, 'manifest.json'), '{');
      expect((await store.prune({ keep: 1, graceMs: 0 })).generations).toEqual([ids[1]]);
    });

    it('removes nothing while the current generation cannot be read', async () => {
      const { store, ids } = await storeOfThree();
      await writeFile(join(store.directory, 'generations', ids[0]!, 'manifest.json'), '{');
      const before = await blobNames(store);
      await expect(store.prune({ keep: 0, graceMs: 0 })).rejects.toMatchObject({
        code: 'ERR_NETBOOT_STORE_DAMAGED',
      });
      expect(await blobNames(store)).toEqual(before);
    });
  });

  it('finds a complete partial file for all concurrent callers', async () => {
    const store = await temporaryStore();
    const content = Buffer.from('whole');
    const sha256 = createHash('sha256').update(content).digest('hex');
    await writeFile(join(store.directory, 'partial', sha256), content);
    await using update = await store.beginUpdate();
    const found = await Promise.all([update.find(sha256), update.find(sha256)]);
    const expected = { sha256, size: content.length };
    expect([...found, await update.find(sha256)]).toEqual([expected, expected, expected]);
    expect(await collect(store.read(expected))).toEqual(content);
  });

  it('does not end the process when the reader of a file stops', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const { generation } = await archive.sync(store);
    const file = generation.manifest.targets[0]!.files.linux;
    const stopping = new AbortController();
    await using update = await store.beginUpdate(stopping.signal);
    const reason = new Error('enough');
    const before = update.read(file);
    stopping.abort(reason);
    const after = update.read(file);
    const missing = store.read({ ...file, sha256: '0'.repeat(64) });
    // Streams fail in a later turn; without a listener, that would end the process.
    await setTimeout(20);
    await expect(collect(before)).rejects.toBe(reason);
    await expect(collect(after)).rejects.toBe(reason);
    await expect(collect(missing)).rejects.toMatchObject({ code: 'ERR_NETBOOT_IO' });
  });

  describe('a damaged store', () => {
    it.each([
      ['a manifest cut short', async (path: string) => writeFile(path, '{"id":')],
      ['a manifest with other content', async (path: string) => writeFile(path, '[]')],
    ])(
      'with %s reports it, and the next sync repairs it without fetching anything',
      async (_what, damage) => {
        const archive = await madeUpMirror(TRIXIE);
        const store = await temporaryStore();
        const { generation } = await archive.sync(store);
        await damage(join(store.directory, 'generations', generation.id, 'manifest.json'));
        await expect(store.current()).rejects.toMatchObject({ code: 'ERR_NETBOOT_STORE_DAMAGED' });
        archive.mirror.requests.splice(0);
        expect((await archive.sync(store)).changed).toBe(true);
        expect(archive.mirror.requests.map(({ path }) => path)).toEqual(['dists/trixie/InRelease']);
      },
    );

    it.each(['../../etc', ''])('whose current generation is named %j is repaired', async (name) => {
      const archive = await madeUpMirror(TRIXIE);
      const store = await temporaryStore();
      await archive.sync(store);
      await writeFile(join(store.directory, 'current'), name);
      await expect(store.current()).rejects.toMatchObject({ code: 'ERR_NETBOOT_STORE_DAMAGED' });
      expect((await archive.sync(store)).changed).toBe(true);
    });

    it('without its freshness record is not trusted to be fresh', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const store = await temporaryStore();
      const { generation } = await archive.sync(store);
      await writeFile(join(store.directory, 'freshness.json'), 'x');
      await rm(join(store.directory, 'generations', generation.id), { recursive: true });
      await expect(archive.sync(store)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_STORE_DAMAGED',
      });
    });

    it('without the evidence of its generation can still be served', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const store = await temporaryStore();
      const { generation } = await archive.sync(store);
      await rm(join(store.directory, 'generations', generation.id, 'evidence.json'));
      expect((await store.current())?.id).toBe(generation.id);
      await expect(store.evidence(generation.id)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_STORE_DAMAGED',
      });
    });
  });

  it('removes incomplete files left by a crash when the next update begins', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    await mkdir(join(store.directory, 'tmp', '20260101T000000000Z-01234567'));
    await writeFile(join(store.directory, 'tmp', randomUUID()), 'x');
    await archive.sync(store, { images: [TRIXIE_TEXT] });
    expect(await readdir(join(store.directory, 'tmp'))).toEqual([]);
    expect(await readdir(join(store.directory, 'partial'))).toEqual([]);
  });

  it('is unchanged by a failed sync', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const { generation } = await archive.sync(store);
    await expect(archive.sync(store, { images: [BOOKWORM_TEXT] })).rejects.toMatchObject({
      code: 'ERR_NETBOOT_FILE_NOT_FOUND',
    });
    expect((await store.current())?.id).toBe(generation.id);
  });
});
