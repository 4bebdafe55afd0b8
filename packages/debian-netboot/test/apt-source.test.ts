import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import {
  aptSource,
  type AptSourceOptions,
  syncImages,
  type SyncResult,
  verifyStore,
} from '../src/index.js';
import {
  BOOKWORM,
  BOOKWORM_TEXT,
  madeUpMirror,
  type MadeUpMirror,
  type MirrorSync,
  recordEvents,
  temporaryDirectory,
  temporaryStore,
  TRIXIE,
  TRIXIE_BOTH,
  TRIXIE_TEXT,
} from './support/made-up-mirror.js';

/** Syncs with the real apt from a made-up mirror. */
async function syncWithApt(
  archive: MadeUpMirror,
  options: MirrorSync & AptSourceOptions = {},
): Promise<SyncResult> {
  const { aptGet, cacheDirectory, ...sync } = options;
  return syncImages({
    store: await temporaryStore(),
    source: aptSource({
      mirror: archive.mirror.url,
      ...(aptGet !== undefined && { aptGet }),
      ...(cacheDirectory !== undefined && { cacheDirectory }),
    }),
    images: [TRIXIE_TEXT],
    trust: { keyring: archive.keyring },
    ...sync,
  });
}

describe('the real apt', () => {
  it.skipIf(lacks('apt-get'))(
    'delivers the same files as the mirror, from the netboot packages',
    async () => {
      const archive = await madeUpMirror({ ...TRIXIE, arches: ['amd64', 'arm64'] }, BOOKWORM);
      const images = [TRIXIE_BOTH, { ...TRIXIE_TEXT, arch: 'arm64' as const }, BOOKWORM_TEXT];
      const fromMirror = await archive.sync(await temporaryStore(), { images });
      archive.mirror.requests.splice(0);
      const store = await temporaryStore();
      const { events, onEvent } = recordEvents();
      const { generation } = await syncWithApt(archive, { store, images, onEvent });
      expect(generation.manifest.targets).toEqual(
        fromMirror.generation.manifest.targets.map((target) => ({ ...target, proof: 'package' })),
      );
      expect(generation.manifest.efiLoaders).toEqual(fromMirror.generation.manifest.efiLoaders);
      expect(generation.manifest.biosLoaders).toEqual(fromMirror.generation.manifest.biosLoaders);
      expect(events.map((event) => event.type === 'sourceProgressed' && event.activity)).toEqual(
        expect.arrayContaining([
          'apt: package lists of trixie',
          'apt: debian-installer-13-netboot-arm64',
        ]),
      );
      // Files that the store has taken over are not kept twice.
      expect(await readdir(join(store.directory, 'work', 'apt'))).not.toContain('archives');
    },
  );

  it.skipIf(lacks('apt-get'))('downloads no file twice', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const cacheDirectory = join(await temporaryDirectory(), 'with a blank');
    const store = await temporaryStore();
    await syncWithApt(archive, { store, cacheDirectory });
    archive.mirror.requests.splice(0);
    const outcomes: string[] = [];
    for (const _again of [1, 2]) {
      outcomes.push((await syncWithApt(archive, { store, cacheDirectory })).outcome);
    }
    // The list replaces the package as the proof of the image.
    expect(outcomes).toEqual(['changed', 'unchanged']);
    await syncWithApt(archive, { cacheDirectory });
    expect(archive.mirror.requests.filter(({ path }) => path.startsWith('pool/'))).toEqual([]);
  });

  it.skipIf(lacks('apt-get'))(
    'recovers from a package that is truncated or damaged in the cache',
    async () => {
      const archive = await madeUpMirror(TRIXIE);
      const cacheDirectory = await temporaryDirectory();
      const archives = join(cacheDirectory, 'archives');
      await mkdir(archives);
      await writeFile(
        join(archives, 'debian-installer-13-netboot-amd64_20250101+deb13u1_all.deb'),
        'x',
      );
      await syncWithApt(archive, { cacheDirectory });
    },
  );

  it.skipIf(lacks('apt-get'))(
    'is not trusted: packages are verified with the signed index',
    async () => {
      const archive = await madeUpMirror(TRIXIE);
      const old = new Map(archive.tree);
      await archive.publish({ ...TRIXIE, build: '20250101+deb13u1', kernel: '6.12.2+deb13' });
      // The package of another build, under the hash of the right one: apt itself refuses it.
      const path = [...archive.tree.keys()].find((name) => name.includes('netboot-amd64_'))!;
      archive.tree.set(path, old.get(path)!);
      await expect(syncWithApt(archive)).rejects.toMatchObject({ code: 'ERR_NETBOOT_APT_FAILED' });
    },
  );

  it.skipIf(lacks('apt-get'))('fails if the package is older than the installer', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const packages = archive.tree.get('dists/trixie/main/binary-amd64/Packages')!;
    await archive.publish({ ...TRIXIE, build: '20250101+deb13u2' });
    const { addIndex, contentOf, publishSuite } = await import('@pxe/local-mirror');
    const text = (await contentOf(packages)).toString();
    addIndex(archive.tree, 'dists/trixie/main/binary-amd64/Packages', text);
    const fields = { suite: 'stable', codename: 'trixie', date: new Date('2026-02-02') };
    await publishSuite(archive.tree, fields, archive.key);
    await expect(syncWithApt(archive)).rejects.toMatchObject({
      code: 'ERR_NETBOOT_BUILD_NOT_FOUND',
      message:
        'the installer of trixie amd64 is build 20250101+deb13u2, but the package debian-installer-13-netboot-amd64 has version 20250101+deb13u1',
    });
  });

  it.skipIf(lacks('apt-get'))('fails without a package', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const { addIndex, publishSuite } = await import('@pxe/local-mirror');
    addIndex(archive.tree, 'dists/trixie/main/binary-amd64/Packages', '');
    const fields = { suite: 'stable', codename: 'trixie', date: new Date('2026-02-02') };
    await publishSuite(archive.tree, fields, archive.key);
    await expect(syncWithApt(archive)).rejects.toMatchObject({
      code: 'ERR_NETBOOT_PACKAGE_NOT_FOUND',
    });
  });

  it.skipIf(lacks('apt-get'))('reports its own error messages', async () => {
    const archive = await madeUpMirror(TRIXIE);
    archive.mirror.faults = [{ path: /InRelease/, fault: { kind: 'status', status: 404 } }];
    await expect(syncWithApt(archive)).rejects.toMatchObject({
      code: 'ERR_NETBOOT_APT_FAILED',
      message: expect.stringMatching(/apt-get update failed with 100: .*Release/) as string,
      hint: expect.stringContaining('apt-get update') as string,
    });
  });

  it.skipIf(lacks('apt-get'))(
    'works without a list if the mirror has an old list and a new InRelease',
    async () => {
      const archive = await madeUpMirror(TRIXIE, BOOKWORM);
      const [store, cacheDirectory] = [await temporaryStore(), await temporaryDirectory()];
      const images = [TRIXIE_TEXT, BOOKWORM_TEXT];
      await syncWithApt(archive, { store, cacheDirectory, images });
      const current = 'dists/trixie/main/installer-amd64/current/images/SHA256SUMS';
      const oldList = archive.tree.get(current)!;
      const build = '20270101';
      await archive.publish({ ...TRIXIE, build, date: new Date('2026-03-03') });
      await archive.publish({ ...BOOKWORM, build, date: new Date('2026-03-03') });
      archive.tree.set(current, oldList);
      const newLists = /trixie\/main\/installer-amd64\/(20270101\/images\/SHA|.*by-hash)/;
      archive.mirror.faults = [{ path: newLists, fault: { kind: 'status', status: 404 } }];
      for (const proof of ['package', 'package', 'list']) {
        const { generation } = await syncWithApt(archive, { store, cacheDirectory, images });
        expect(generation.manifest.targets).toMatchObject([
          { suite: 'trixie', build, proof, carriedOver: false },
          { suite: 'bookworm', build, carriedOver: false },
        ]);
        const [report] = await verifyStore({
          store,
          generations: [generation],
          trust: { keyring: archive.keyring },
        });
        expect(report?.problems).toEqual([]);
        // Once the mirror is complete, its list vouches for the images.
        if (generation.manifest.targets[1]?.proof === 'list') {
          archive.mirror.faults = [];
        }
        if (proof === 'package' && archive.mirror.faults.length === 0) {
          archive.tree.set(current, archive.tree.get(current.replace('current', build))!);
        }
      }
    },
  );

  it.skipIf(lacks('apt-get'))('gets the other suites if one is unavailable', async () => {
    const archive = await madeUpMirror(BOOKWORM);
    const cacheDirectory = await temporaryDirectory();
    const images = [TRIXIE_TEXT, BOOKWORM_TEXT];
    const store = await temporaryStore();
    const { generation, missing } = await syncWithApt(archive, { store, cacheDirectory, images });
    expect(generation.manifest.targets).toMatchObject([{ suite: 'bookworm', carriedOver: false }]);
    expect(missing).toMatchObject([
      { target: { suite: 'trixie' }, error: { code: 'ERR_NETBOOT_APT_FAILED' } },
    ]);
    expect(missing[0]?.error.message).toMatch(/trixie/);
  });

  it.skipIf(lacks('apt-get'))('removes lists that will not be used again', async () => {
    const archive = await madeUpMirror(TRIXIE, BOOKWORM);
    const [store, cacheDirectory] = [await temporaryStore(), await temporaryDirectory()];
    const lists = async (): Promise<string[]> => {
      const names = await readdir(join(cacheDirectory, 'state/lists'));
      return names.flatMap((name) => name.split('_dists_')[1] ?? []).sort();
    };
    await syncWithApt(archive, { store, cacheDirectory, images: [TRIXIE_TEXT, BOOKWORM_TEXT] });
    const ofSuite = (suite: string): string[] => [
      `${suite}_InRelease`,
      `${suite}_main_binary-amd64_Packages`,
    ];
    expect(await lists()).toEqual([...ofSuite('bookworm'), ...ofSuite('trixie')]);
    await syncWithApt(archive, { store, cacheDirectory, images: [TRIXIE_TEXT] });
    expect(await lists()).toEqual(ofSuite('trixie'));
  });

  it.skipIf(lacks('apt-get'))('reads and keeps only the lists of the archive in use', async () => {
    const before = await madeUpMirror(TRIXIE);
    const [store, cacheDirectory] = [await temporaryStore(), await temporaryDirectory()];
    await syncWithApt(before, { store, cacheDirectory });
    const [listOfBefore] = await readdir(join(cacheDirectory, 'state/lists'));
    const now = await madeUpMirror({ ...TRIXIE, build: '20250202+deb13u2' });
    const { generation } = await syncWithApt(now, { cacheDirectory });
    expect(generation.manifest.targets).toMatchObject([{ build: '20250202+deb13u2' }]);
    const kept = await readdir(join(cacheDirectory, 'state/lists'));
    expect(kept).not.toContain(listOfBefore);
    expect(kept.filter((name) => name.includes('_dists_'))).toHaveLength(2);
  });

  it.skipIf(lacks('apt-get'))("refuses an archive whose key is not Debian's", async () => {
    const archive = await madeUpMirror(TRIXIE);
    await expect(syncWithApt(archive, { trust: {} })).rejects.toMatchObject({
      code: 'ERR_NETBOOT_APT_FAILED',
    });
  });

  it.skipIf(lacks('apt-get'))('is stopped when the sync is aborted', async () => {
    const archive = await madeUpMirror(TRIXIE);
    archive.mirror.faults = [{ path: /pool/, fault: { kind: 'stall', afterBytes: 10 } }];
    const stopping = new AbortController();
    const reason = new Error('enough');
    const syncing = syncWithApt(archive, {
      signal: stopping.signal,
      onEvent: (event) => {
        if (event.type === 'buildResolved') {
          setTimeout(() => {
            stopping.abort(reason);
          }, 500);
        }
      },
    });
    await expect(syncing).rejects.toBe(reason);
  });

  it('has ended when an aborted sync rejects', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const directory = await temporaryDirectory();
    const [aptGet, started, ended] = ['apt-get', 'started', 'ended'].map((name) =>
      join(directory, name),
    ) as [string, string, string];
    // The stand-in takes a while to end, as apt does when it has to stop its methods.
    const script = `#!/bin/sh
      trap 'sleep 0.5; touch ${ended}; exit 1' TERM
      touch ${started}
      while :; do sleep 0.1; done`;
    await writeFile(aptGet, script, { mode: 0o755 });
    const stopping = new AbortController();
    const reason = new Error('enough');
    const syncing = syncWithApt(archive, { aptGet, signal: stopping.signal });
    await expect.poll(() => existsSync(started)).toBe(true);
    stopping.abort(reason);
    await expect(syncing).rejects.toBe(reason);
    expect(existsSync(ended)).toBe(true);
  });
});

describe('a machine', () => {
  it.skipIf(lacks('apt-get'))('without apt is reported', async () => {
    const archive = await madeUpMirror(TRIXIE);
    await expect(syncWithApt(archive, { aptGet: '/nowhere/apt-get' })).rejects.toMatchObject({
      code: 'ERR_NETBOOT_APT_MISSING',
      hint: expect.stringContaining('mirror source') as string,
    });
  });

  it.skipIf(lacks('apt-get')).each([
    [
      'that cannot be run',
      'not a program',
      'ERR_NETBOOT_APT_FAILED',
      /cannot be started|exit|failed with/,
    ],
    ['that is stopped', '#!/bin/sh\nkill -9 $$\n', 'ERR_NETBOOT_APT_FAILED', /SIGKILL/],
    [
      'that gives no reason',
      '#!/bin/sh\nexit 3\n',
      'ERR_NETBOOT_APT_FAILED',
      /failed with 3: no error message/,
    ],
    [
      'that finds no space',
      '#!/bin/sh\necho "E: Write error - write (28: No space left on device)" >&2\nexit 100\n',
      'ERR_NETBOOT_NO_SPACE',
      /No space left/,
    ],
    [
      'that fails for one file',
      '#!/bin/sh\necho "Err:1 http://m/x\n  no route\nE: Failed to fetch http://m/x  no route\nE: Some index files failed to download." >&2\nexit 100\n',
      'ERR_NETBOOT_APT_FAILED',
      /failed with 100: Failed to fetch http:\/\/m\/x {2}no route$/,
    ],
    [
      'that names a password',
      '#!/bin/sh\necho "E: Failed to fetch http://me:secret@mirror/x" >&2\nexit 100\n',
      'ERR_NETBOOT_APT_FAILED',
      /fetch http:\/\/mirror\/x$/,
    ],
  ])('reports an error message for an apt %s', async (_what, script, code, message) => {
    const archive = await madeUpMirror(TRIXIE);
    const aptGet = join(await temporaryDirectory(), 'apt-get');
    await writeFile(aptGet, script);
    await chmod(aptGet, 0o755);
    await expect(syncWithApt(archive, { aptGet })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });

  it.skipIf(lacks('apt-get'))('whose apt writes nothing gets no InRelease', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const aptGet = join(await temporaryDirectory(), 'apt-get');
    await writeFile(aptGet, '#!/bin/sh\nexit 0\n');
    await chmod(aptGet, 0o755);
    await expect(syncWithApt(archive, { aptGet })).rejects.toMatchObject({
      code: 'ERR_NETBOOT_FILE_NOT_FOUND',
    });
    await rm(aptGet);
  });
});
