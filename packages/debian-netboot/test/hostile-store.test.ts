import { randomUUID } from 'node:crypto';
import {
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { contentOf } from '@pxe/local-mirror';

import {
  aptSource,
  fallbackSource,
  type ImageStore,
  mirrorSource,
  verifyStore,
} from '../src/index.js';
import {
  madeUpMirror,
  type MadeUpMirror,
  temporaryDirectory,
  temporaryStore,
  TRIXIE,
  TRIXIE_2,
} from './support/made-up-mirror.js';

const VALUABLE = 'not to be touched\n'.repeat(100);

/** Returns the hashes of the archive's current kernel and initrd. */
async function imageHashes(archive: MadeUpMirror): Promise<{ linux: string; initrd: string }> {
  const { generation } = await archive.sync(await temporaryStore());
  const { linux, 'initrd.gz': initrd } = generation.manifest.targets[0]!.files;
  archive.mirror.requests.splice(0);
  return { linux: linux.sha256, initrd: initrd.sha256 };
}

async function expectVerified(archive: MadeUpMirror, store: ImageStore): Promise<void> {
  const reports = await verifyStore({ store, trust: { keyring: archive.keyring } });
  expect(reports.flatMap(({ problems }) => problems)).toEqual([]);
}

describe('inside the data directory', () => {
  let archive: MadeUpMirror;
  let store: ImageStore;
  let initrd: string;
  let linux: string;
  /** Path of a file outside the store. */
  let outside: string;

  beforeEach(async () => {
    archive = await madeUpMirror(TRIXIE);
    ({ initrd, linux } = await imageHashes(archive));
    store = await temporaryStore();
    outside = join(await temporaryDirectory(), 'valuable');
    await writeFile(outside, VALUABLE);
  });

  const partial = (hash: string): string => join(store.directory, 'partial', hash);

  it.each<[string, () => Promise<unknown>]>([
    ['a symbolic link', () => symlink(outside, partial(initrd))],
    ['a link to a file that is not there yet', () => symlink(`${outside}-new`, partial(initrd))],
    ['a hard link', () => link(outside, partial(initrd))],
    ['a link to a directory', () => symlink(join(outside, '..'), partial(initrd))],
    ['a directory', () => mkdir(partial(initrd))],
  ])(
    '%s in place of a partial download is replaced rather than followed',
    async (_what, prepare) => {
      await prepare();
      await archive.sync(store);
      expect(await readFile(outside, 'utf8')).toBe(VALUABLE);
      expect(await readdir(join(outside, '..'))).toEqual(['valuable']);
      await expectVerified(archive, store);
    },
  );

  it('a link in place of a served file is replaced by fetching the file', async () => {
    const path = store.blobPath(initrd);
    await mkdir(join(path, '..'), { recursive: true });
    await symlink(outside, path);
    await archive.sync(store);
    expect(await readFile(outside, 'utf8')).toBe(VALUABLE);
    expect((await stat(path)).size).toBe(60_000);
    await expectVerified(archive, store);
  });

  it.each([
    ['a folder of stored files', (): string => join(store.directory, 'blobs', 'sha256', 'ab')],
    [
      'a generation',
      (): string => join(store.directory, 'generations', '20260101T000000000Z-01234567'),
    ],
    ['the kept InReleases', (): string => join(store.directory, 'work', 'mirror', 'releases')],
  ])('a link in place of %s is refused, and nothing is written', async (_what, path) => {
    await mkdir(join(path(), '..'), { recursive: true });
    await symlink(join(outside, '..'), path());
    await expect(archive.sync(store)).rejects.toMatchObject({
      code: 'ERR_NETBOOT_STORE_HAS_LINKS',
    });
    expect(await readdir(join(outside, '..'))).toEqual(['valuable']);
  });

  it.each(['mirror-apt/mirror', 'mirror-apt/apt', 'apt/state', 'apt/cache'])(
    "a link in place of a source's directory, work/%s, is refused",
    async (name) => {
      const path = join(store.directory, 'work', name);
      await mkdir(join(path, '..'), { recursive: true });
      await symlink(join(outside, '..'), path);
      const mirror = name.endsWith('/mirror') ? archive.mirror.url : 'http://127.0.0.1:9/debian';
      const first = mirrorSource({ mirrors: [mirror], retries: 0 });
      const source = name.startsWith('apt') ? aptSource() : fallbackSource(first, aptSource());
      await expect(archive.sync(store, { source })).rejects.toMatchObject({
        code: 'ERR_NETBOOT_STORE_HAS_LINKS',
      });
      expect(await readdir(join(outside, '..'))).toEqual(['valuable']);
    },
  );

  it('a stored file that was replaced by a link is not read, and verify reports it', async () => {
    const { generation } = await archive.sync(store);
    const path = store.blobPath(linux);
    await rename(path, `${outside}-linux`);
    await symlink(`${outside}-linux`, path);
    const file = generation.manifest.targets[0]!.files.linux;
    await expect(store.read(file)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'ERR_NETBOOT_STORE_HAS_LINKS',
    });
    const [report] = await verifyStore({
      store,
      trust: { keyring: archive.keyring },
      repair: true,
    });
    expect(report?.problems).toMatchObject([
      { subject: 'trixie amd64 text linux', error: { code: 'ERR_NETBOOT_STORE_HAS_LINKS' } },
    ]);
    await archive.sync(store);
    await expectVerified(archive, store);
    expect((await stat(`${outside}-linux`)).size).toBe(file.size);
  });

  it('a partial download that no sync has continued for a week is removed', async () => {
    await writeFile(partial(linux), 'old');
    await writeFile(partial(initrd), 'new');
    const old = new Date(Date.now() - 8 * 24 * 60 * 60 * 1000);
    await utimes(partial(linux), old, old);
    await (await store.beginUpdate()).close();
    expect(await readdir(join(store.directory, 'partial'))).toEqual([initrd]);
  });

  it('at most 512 MiB of the newest partial downloads are kept', async () => {
    const names = ['a', 'b', 'c'].map((digit) => digit.repeat(64));
    for (const [index, name] of names.entries()) {
      await writeFile(partial(name), '');
      await truncate(partial(name), 300 * 1024 * 1024);
      const time = new Date(Date.now() - index * 1000);
      await utimes(partial(name), time, time);
    }
    await using update = await store.beginUpdate();
    expect(await readdir(join(store.directory, 'partial'))).toEqual(names.slice(0, 1));
    // The file of a download in progress does not count towards the limit. Once interrupted, it is the newest
    // one, so the older one is removed.
    async function* brokenOff(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(10);
      await truncate(partial(names[1]!), 300 * 1024 * 1024);
      throw new Error('broken off');
    }
    const expected = { label: 'b', sha256: names[1]!, maxSize: 1024 };
    await expect(update.add(brokenOff(), expected)).rejects.toThrow('broken off');
    expect(await readdir(join(store.directory, 'partial'))).toEqual(names.slice(1, 2));
  });

  it('a generation that was replaced by a link is not read', async () => {
    const { generation } = await archive.sync(store);
    const path = join(store.directory, 'generations', generation.id);
    const elsewhere = join(outside, '..', 'elsewhere');
    await rename(path, elsewhere);
    await symlink(elsewhere, path);
    await expect(store.current()).rejects.toMatchObject({ code: 'ERR_NETBOOT_STORE_HAS_LINKS' });
  });

  it('a link among the temporary files is removed, but not its target', async () => {
    await symlink(join(outside, '..'), join(store.directory, 'tmp', randomUUID()));
    await archive.sync(store);
    expect(await readFile(outside, 'utf8')).toBe(VALUABLE);
    expect(await readdir(join(store.directory, 'tmp'))).toEqual([]);
  });

  it.each(['../../elsewhere', '/etc', '..', ''])(
    'no generation outside the store is found by the id %j',
    async (id) => {
      await archive.sync(store);
      const refusal = { code: 'ERR_NETBOOT_NO_GENERATION' };
      await expect(store.rollback(id)).rejects.toMatchObject(refusal);
      await expect(store.evidence(id)).rejects.toMatchObject(refusal);
    },
  );

  it('swapped partial downloads are detected and fetched again', async () => {
    const path = `dists/trixie/main/installer-amd64/20250101+deb13u1/images/netboot/debian-installer/amd64`;
    const kernel = await contentOf(archive.tree.get(`${path}/linux`)!);
    await writeFile(partial(initrd), kernel.subarray(0, 40_000));
    await writeFile(partial(linux), Buffer.alloc(30_000));
    await archive.sync(store);
    await expectVerified(archive, store);
  });

  it('a partial download that is longer than the file is fetched again', async () => {
    await writeFile(partial(initrd), Buffer.alloc(70_000));
    await archive.sync(store);
    await expectVerified(archive, store);
  });

  it('a download that was complete when its sync was killed is not fetched again', async () => {
    const other = await temporaryStore();
    await archive.sync(other);
    archive.mirror.requests.splice(0);
    await writeFile(partial(initrd), await readFile(other.blobPath(initrd)));
    await archive.sync(store);
    const paths = archive.mirror.requests.map(({ path }) => path);
    expect(paths.some((path) => path.endsWith('initrd.gz'))).toBe(false);
    await expectVerified(archive, store);
  });

  it('a replaced InRelease in the cache is refused and fetched again', async () => {
    await archive.sync(store);
    const releases = join(store.directory, 'work', 'mirror', 'releases');
    const [name = ''] = await readdir(releases);
    const kept = JSON.parse(await readFile(join(releases, name), 'utf8')) as { content: string };
    const content = kept.content.replace('Version: 13.1', 'Version: 13.9');
    await writeFile(join(releases, name), JSON.stringify({ ...kept, content }));
    archive.mirror.requests.splice(0);
    expect((await archive.sync(store)).outcome).toBe('unchanged');
    // The mirror answered that the file is unmodified, and is then asked for the whole file.
    expect(archive.mirror.requests.map(({ status }) => status)).toEqual([304, 200]);
    archive.mirror.requests.splice(0);
    await archive.sync(store);
    expect(archive.mirror.requests.map(({ status }) => status)).toEqual([304]);
  });
});

describe('a wrong clock', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  function setClock(time: string): void {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(time) });
  }

  it('by years, backwards: the sync fails and changes nothing', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    setClock('2001-01-01');
    await expect(archive.sync(store)).rejects.toMatchObject({
      code: 'ERR_NETBOOT_RELEASE_FROM_FUTURE',
      hint: "set this machine's clock",
    });
    expect(await store.current()).toBeUndefined();
    vi.useRealTimers();
    expect((await archive.sync(store)).outcome).toBe('changed');
  });

  it('by decades, forwards, then corrected: newer generations stay newer', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    setClock('2080-01-01');
    const first = await archive.sync(store);
    vi.useRealTimers();
    await archive.publish(TRIXIE_2);
    const second = await archive.sync(store);
    expect(second.outcome).toBe('changed');
    expect((await store.generations()).map(({ id }) => id)).toEqual([
      second.generation.id,
      first.generation.id,
    ]);
    expect((await store.rollback()).id).toBe(first.generation.id);
    await rm(join(store.directory, 'held'));
    expect((await archive.sync(store)).generation.manifest.targets[0]?.version).toBe('13.2');
  });

  it('by decades, forwards: only suites with an expiry are refused', async () => {
    const archive = await madeUpMirror({ ...TRIXIE, validUntil: new Date('2027-01-01') });
    setClock('2080-01-01');
    await expect(archive.sync(await temporaryStore())).rejects.toMatchObject({
      code: 'ERR_NETBOOT_RELEASE_EXPIRED',
      hint: expect.stringContaining("set this machine's clock") as string,
    });
  });
});
