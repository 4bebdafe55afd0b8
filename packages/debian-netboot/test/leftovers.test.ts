import { mkdirSync, rmSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { type ImageStore, type SyncEvent } from '../src/index.js';
import {
  BOOKWORM,
  BOOKWORM_TEXT,
  madeUpMirror,
  type MadeUpMirror,
  recordEvents,
  temporaryStore,
  TRIXIE,
  TRIXIE_2,
  TRIXIE_TEXT,
} from './support/made-up-mirror.js';

const TRIXIE_3 = { ...TRIXIE_2, build: '20250101+deb13u3', date: new Date('2026-03-01T00:00:00Z') };

/** Fault of a mirror that lacks the initrd of every build, so that no image is ever complete. */
const INCOMPLETE = {
  path: /initrd\.gz$|_all\.deb$/,
  fault: { kind: 'status', status: 404 },
} as const;

/** Returns the names of the stored files. */
async function blobs(store: ImageStore): Promise<string[]> {
  const names = await readdir(join(store.directory, 'blobs', 'sha256'), { recursive: true });
  return names.flatMap((name) => name.split('/')[1] ?? []);
}

/** Syncs a suite that fails in each of three states; returns the stored files after each sync. */
async function failInTurns(archive: MadeUpMirror, store: ImageStore): Promise<string[][]> {
  const left: string[][] = [];
  for (const suite of [TRIXIE, TRIXIE_2, TRIXIE_3]) {
    await archive.publish(suite);
    archive.mirror.faults = [INCOMPLETE];
    await expect(archive.sync(store)).rejects.toMatchObject({ code: 'ERR_NETBOOT_FILE_NOT_FOUND' });
    left.push(await blobs(store));
  }
  return left;
}

describe('leftovers', () => {
  it('keeps only the last attempt of a suite that always fails', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const [first, second, third] = await failInTurns(archive, await temporaryStore());
    expect(first!.length).toBeGreaterThan(3);
    // A failure ends concurrent downloads, so the numbers differ slightly. If files were kept from attempt to
    // attempt, the numbers would double, since the builds have almost no files in common.
    const counts = [first, second, third].map((left) => left!.length);
    expect(Math.max(...counts)).toBeLessThan(2 * Math.min(...counts));
    expect(second!.filter((name) => first!.includes(name)).length).toBeLessThan(first!.length);
  });

  it('reuses the files of a failed attempt', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    archive.mirror.faults = [INCOMPLETE];
    for (const attempt of [1, 2]) {
      archive.mirror.requests.splice(0);
      await expect(archive.sync(store)).rejects.toThrow();
      const fetched = archive.mirror.requests.filter(({ path }) => path.endsWith('/linux'));
      expect(fetched).toHaveLength(attempt === 1 ? 1 : 0);
    }
  });

  it('keeps everything if the suite could not be read', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    archive.mirror.faults = [INCOMPLETE];
    await expect(archive.sync(store)).rejects.toThrow();
    const before = await blobs(store);
    archive.mirror.faults = [{ path: /InRelease/, fault: { kind: 'status', status: 503 } }];
    await expect(archive.sync(store)).rejects.toThrow();
    expect(await blobs(store)).toEqual(before);
  });

  it('removes and reports leftovers if only one suite fails', async () => {
    const archive = await madeUpMirror(BOOKWORM, TRIXIE);
    const store = await temporaryStore();
    const images = [TRIXIE_TEXT, BOOKWORM_TEXT];
    const { events, onEvent } = recordEvents();
    for (const suite of [TRIXIE, TRIXIE_2, TRIXIE_3]) {
      await archive.publish(suite);
      archive.mirror.faults = [{ ...INCOMPLETE, path: /trixie.*initrd\.gz$|13-netboot.*\.deb$/ }];
      const { missing } = await archive.sync(store, { images, onEvent });
      expect(missing.map(({ target }) => target.suite)).toEqual(['trixie']);
    }
    const removed = events.filter((event) => event.type === 'leftoversRemoved');
    expect(removed).toHaveLength(2);
    expect(removed[0]!.files).toBeGreaterThan(0);
  });
});

describe('a sync whose last steps fail', () => {
  /** Makes the freshness record unreadable when an event of this type is reported. */
  function breakRecordAt(
    store: ImageStore,
    type: SyncEvent['type'],
  ): { events: SyncEvent[]; onEvent: (event: SyncEvent) => void } {
    const events: SyncEvent[] = [];
    const path = join(store.directory, 'freshness.json');
    return {
      events,
      onEvent: (event) => {
        events.push(event);
        if (event.type === type) {
          rmSync(path, { force: true });
          mkdirSync(path);
        }
      },
    };
  }

  it('succeeds once its images are committed, and reports the failure', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const { events, onEvent } = breakRecordAt(store, 'generationCommitted');
    const { outcome, generation } = await archive.sync(store, { onEvent });
    expect(outcome).toBe('changed');
    expect((await store.current())?.id).toBe(generation.id);
    expect(events.at(-1)).toMatchObject({
      type: 'followUpFailed',
      error: { message: expect.stringContaining('freshness.json') as string },
    });

    await rm(join(store.directory, 'freshness.json'), { recursive: true });
    expect(await archive.sync(store)).toMatchObject({ outcome: 'unchanged' });
  });

  it('reports its first error, not that of a later step', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    archive.mirror.faults = [INCOMPLETE];
    const { events, onEvent } = breakRecordAt(store, 'releaseVerified');
    await expect(archive.sync(store, { onEvent })).rejects.toMatchObject({
      code: 'ERR_NETBOOT_FILE_NOT_FOUND',
    });
    expect(events.filter(({ type }) => type === 'followUpFailed')).toHaveLength(1);
  });
});
