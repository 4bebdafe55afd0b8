import { mkdir, open, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';

import { describe, expect, it, vi } from 'vitest';

import {
  type Generation,
  type ImageStore,
  openStore,
  type StoredFile,
  type StoreEvent,
} from '../src/index.js';
import {
  madeUpMirror,
  type MadeUpMirror,
  requestsFor,
  temporaryDirectory,
  TRIXIE,
} from './support/made-up-mirror.js';

const DAMAGED = { code: 'ERR_NETBOOT_FILE_DAMAGED' };

interface SyncedStore {
  readonly archive: MadeUpMirror;
  readonly store: ImageStore;
  readonly generation: Generation;
  readonly events: StoreEvent[];
  readonly linux: StoredFile;
}

/** Returns a synced store, reopened as after a restart, and the events that it emits. */
async function syncedStore(readOnly = false): Promise<SyncedStore> {
  const archive = await madeUpMirror(TRIXIE);
  const directory = `${await temporaryDirectory()}/store`;
  const { generation } = await archive.sync(await openStore(directory));
  const events: StoreEvent[] = [];
  const store = await openStore(directory, {
    readOnly,
    onEvent: (event) => {
      events.push(event);
    },
  });
  const linux = generation.manifest.targets[0]!.files.linux;
  return { archive, store, generation, events, linux };
}

async function flipByte(path: string, position: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, position);
    byte.writeUInt8(byte.readUInt8() ^ 1);
    await file.write(byte, 0, 1, position);
  } finally {
    await file.close();
  }
}

/** Makes the next read of any file fail as on a disk with an unreadable sector. */
async function failNextRead(path: string): Promise<void> {
  await using file = await open(path);
  const prototype = Object.getPrototypeOf(file) as typeof file;
  const error = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
  vi.spyOn(prototype, 'read').mockRejectedValueOnce(error);
}

async function contentOf(store: ImageStore, file: StoredFile): Promise<Buffer> {
  await using verified = await store.openVerified(file);
  return Buffer.from(await verified.read(0, file.size));
}

const DAMAGES: readonly [string, (path: string) => Promise<unknown>][] = [
  ['has one flipped bit', (path) => flipByte(path, 1000)],
  ['is cut short', (path) => truncate(path, 100)],
  ['is empty', (path) => truncate(path, 0)],
  ['is longer', (path) => writeFile(path, 'x', { flag: 'a' })],
  ['is missing', (path) => rm(path)],
  [
    'is a link to the same content elsewhere',
    async (path) => {
      await rename(path, `${path}.moved`);
      await symlink(`${path}.moved`, path);
    },
  ],
  [
    'is a directory',
    async (path) => {
      await rm(path);
      await mkdir(path);
    },
  ],
];

describe('a stored file', () => {
  it('is not read to its end by a background check that is aborted', async () => {
    const { store, generation } = await syncedStore();
    const aborting = new AbortController();
    const checked = store.check(generation, { signal: aborting.signal });
    setImmediate(() => {
      aborting.abort(new Error('stopping'));
    });

    await expect(checked).rejects.toThrow('stopping');
  });

  it('is kept if the disk cannot read it, and served once it is readable', async () => {
    const { store, linux, events } = await syncedStore();
    await failNextRead(store.blobPath(linux.sha256));

    await expect(store.openVerified(linux)).rejects.toMatchObject(DAMAGED);
    expect(events).toMatchObject([
      { type: 'fileDamaged', damage: 'unreadable', isSetAside: false },
    ]);
    expect(await contentOf(store, linux)).toHaveLength(linux.size);
    expect(events.map(({ type }) => type)).toEqual(['fileDamaged', 'fileRepaired']);
  });

  it('is opened if it matches its hash, and read in parts', async () => {
    const { store, linux, events } = await syncedStore();
    await using file = await store.openVerified(linux);
    const whole = await readFile(store.blobPath(linux.sha256));
    expect(file.size).toBe(linux.size);
    expect(Buffer.from(await file.read(10, 20))).toEqual(whole.subarray(10, 30));
    expect(Buffer.from(await file.read(linux.size - 5, 20))).toEqual(whole.subarray(-5));
    expect(await file.read(linux.size, 20)).toHaveLength(0);
    expect(events).toEqual([]);
  });

  it.each(DAMAGES)(
    'that %s is never opened, and the next sync repairs it',
    async (_what, damage) => {
      const { archive, store, linux, events } = await syncedStore();
      const path = store.blobPath(linux.sha256);
      await damage(path);
      await expect(store.openVerified(linux)).rejects.toMatchObject(DAMAGED);
      expect(store.damaged).toEqual([linux]);
      expect(events).toMatchObject([{ type: 'fileDamaged', file: linux, path, isSetAside: true }]);
      archive.mirror.requests.splice(0);
      expect((await archive.sync(store)).outcome).toBe('unchanged');
      expect(requestsFor(archive, /linux$/)).toBe(1);
      expect(requestsFor(archive, /initrd/)).toBe(0);
      expect(await contentOf(store, linux)).toHaveLength(linux.size);
      expect(store.damaged).toEqual([]);
      expect(events.at(-1)).toEqual({ type: 'fileRepaired', file: linux });
    },
  );

  it('that is damaged is detected by a sync and fetched again', async () => {
    const { archive, store, linux } = await syncedStore();
    await truncate(store.blobPath(linux.sha256), 100);
    const { generation } = await archive.sync(store);
    expect(generation.manifest.targets[0]?.files.linux).toEqual(linux);
    expect(await contentOf(store, linux)).toHaveLength(linux.size);
  });

  it('that is damaged is refused and left in place by a read-only store', async () => {
    const { store, linux, events } = await syncedStore(true);
    const path = store.blobPath(linux.sha256);
    await flipByte(path, 0);
    await expect(store.openVerified(linux)).rejects.toMatchObject(DAMAGED);
    expect(events).toMatchObject([{ type: 'fileDamaged', isSetAside: false }]);
    expect(await readFile(path)).toHaveLength(linux.size);
  });

  it('is checked again if it has changed', async () => {
    const { store, linux } = await syncedStore();
    await contentOf(store, linux);
    await flipByte(store.blobPath(linux.sha256), 1000);
    await expect(store.openVerified(linux)).rejects.toMatchObject(DAMAGED);
  });

  it('is not read further if it changes while open', async () => {
    const { store, linux } = await syncedStore();
    await using file = await store.openVerified(linux);
    await flipByte(store.blobPath(linux.sha256), 1000);
    await expect(file.read(0, 2000)).rejects.toMatchObject(DAMAGED);
  });

  it('stays readable while it is open, even if it is removed', async () => {
    const { store, linux } = await syncedStore();
    await using file = await store.openVerified(linux);
    await rm(store.blobPath(linux.sha256));
    expect(await file.read(0, linux.size)).toHaveLength(linux.size);
  });

  it('is checked once for concurrent readers', async () => {
    const { store, linux, events } = await syncedStore();
    await flipByte(store.blobPath(linux.sha256), 1000);
    const opened = await Promise.allSettled(
      Array.from({ length: 20 }, () => store.openVerified(linux)),
    );
    expect(opened.every(({ status }) => status === 'rejected')).toBe(true);
    expect(events).toHaveLength(1);
  });

  it('is refused if its hash is invalid', async () => {
    const { store } = await syncedStore();
    await expect(store.openVerified({ sha256: '../x', size: 1 })).rejects.toThrow(RangeError);
  });
});

describe('a check of a generation', () => {
  it.each([false, true])('finds every damaged file, urgent or not (%s)', async (isUrgent) => {
    const { store, generation, linux, events } = await syncedStore();
    expect(await store.check(generation, { isUrgent: true })).toEqual([]);
    const initrd = generation.manifest.targets[0]!.files['initrd.gz'];
    const { inRelease } = (await store.evidence(generation.id)).installers[0]!;
    await flipByte(store.blobPath(initrd.sha256), 5);
    await flipByte(store.blobPath(inRelease.sha256), 500);
    await rm(store.blobPath(linux.sha256));
    const damaged = await store.check(generation, { isUrgent });
    const expected = [linux, initrd, inRelease].map(({ sha256 }) => sha256).sort();
    expect(damaged.map(({ sha256 }) => sha256).sort()).toEqual(expected);
    expect(events.map(({ type }) => type)).toEqual(Array(3).fill('fileDamaged'));
  });

  it('in the background does not delay a reader of the file', async () => {
    const { store, generation, linux } = await syncedStore();
    const stopping = new AbortController();
    const background = store.check(generation, { signal: stopping.signal });
    expect(await contentOf(store, linux)).toHaveLength(linux.size);
    stopping.abort(new Error('enough'));
    await expect(background).rejects.toThrow('enough');
  });
});
