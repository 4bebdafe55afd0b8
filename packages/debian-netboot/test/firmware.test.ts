import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { contentOf } from '@pxe/local-mirror';
import { lacks } from '@pxe/test-host';

import {
  directorySource,
  exportBundle,
  type ImageSelection,
  type ImageStore,
  importBundle,
  readBundleIndex,
  type StoredFirmware,
  syncImages,
  type SyncResult,
  verifyStore,
} from '../src/index.js';
import {
  BOOKWORM,
  BOOKWORM_TEXT,
  madeUpMirror,
  type MadeUpMirror,
  recordEvents,
  requestsFor,
  temporaryDirectory,
  temporaryStore,
  TRIXIE,
  TRIXIE_2,
  TRIXIE_BOTH,
} from './support/made-up-mirror.js';

const NAMES = ['firmware-bnx2', 'firmware-realtek'];
const WITH_FIRMWARE = { ...TRIXIE, firmware: [...NAMES, 'firmware-iwlwifi'] };
const SELECTED: ImageSelection = { ...TRIXIE_BOTH, firmware: NAMES };
const IS_INDEX = /non-free-firmware\/binary/;

interface Synced {
  readonly archive: MadeUpMirror;
  readonly store: ImageStore;
  readonly result: SyncResult;
}

async function syncedStore(): Promise<Synced> {
  const archive = await madeUpMirror(WITH_FIRMWARE);
  const store = await temporaryStore();
  return { archive, store, result: await archive.sync(store, { images: [SELECTED] }) };
}

function firmwareOf({ generation }: SyncResult): StoredFirmware {
  const [firmware] = generation.manifest.targets.flatMap((target) => target.firmware ?? []);
  if (firmware === undefined) {
    throw new Error('the images have no firmware');
  }
  return firmware;
}

/** Unpacks an archive, and returns the names of its entries. */
function unpack(archive: Buffer, directory: string): string {
  const run = spawnSync('busybox', ['cpio', '-idv'], { input: archive, cwd: directory });
  expect(run.status).toBe(0);
  return run.stdout.toString();
}

async function problemsOf({ archive, store }: Synced): Promise<string[]> {
  const reports = await verifyStore({ store, trust: { keyring: archive.keyring } });
  return reports.flatMap(({ problems }) => problems.map(({ error }) => error.message));
}

describe('firmware', () => {
  it.skipIf(lacks('busybox'))('is an initrd that cpio unpacks', async () => {
    const { archive, store, result } = await syncedStore();
    const { file, packages } = firmwareOf(result);
    expect(packages).toEqual(NAMES.map((name) => ({ name, version: '20250101-1' })));
    const directory = await temporaryDirectory();
    const content = await readFile(store.blobPath(file.sha256));
    expect(unpack(content, directory).trim().split('\n')).toEqual([
      'firmware',
      'firmware/firmware-bnx2_20250101-1_all.deb',
      'firmware/firmware-realtek_20250101-1_all.deb',
      'firmware/Contents-firmware',
    ]);
    for (const name of NAMES) {
      const packed = await readFile(join(directory, 'firmware', `${name}_20250101-1_all.deb`));
      const listed = archive.tree.get(
        `pool/non-free-firmware/f/${name}/${name}_20250101-1_all.deb`,
      );
      expect(packed.length).toBe(listed?.size);
    }
    // Files and links, as hw-detect reads them; names that it would split are left out.
    expect(await readFile(join(directory, 'firmware', 'Contents-firmware'), 'utf8')).toBe(
      NAMES.flatMap((name) =>
        ['card.bin', 'old.bin'].map(
          (path) =>
            `/usr/lib/firmware/${name}/${path} ${name}_20250101-1_all.deb non-free-firmware\n`,
        ),
      ).join(''),
    );
  });

  it('is the same for all variants, verified, and not fetched again', async () => {
    const synced = await syncedStore();
    const { archive, store, result } = synced;
    const [text, gtk] = result.generation.manifest.targets;
    expect(text?.firmware).toEqual(gtk?.firmware);
    expect(await problemsOf(synced)).toEqual([]);
    const before = archive.mirror.requests.length;
    const again = await archive.sync(store, { images: [SELECTED] });
    expect(again.outcome).toBe('unchanged');
    const later = archive.mirror.requests.slice(before);
    expect(later.filter(({ path }) => path.includes('firmware'))).toEqual([]);
  });

  it('changes with its packages and the selection, and is pruned with its generation', async () => {
    const { archive, store, result } = await syncedStore();
    const first = firmwareOf(result);
    await archive.publish({ ...WITH_FIRMWARE, ...TRIXIE_2, firmwareVersion: '20260101-1' });
    const newer = firmwareOf(await archive.sync(store, { images: [SELECTED] }));
    expect(newer.packages[0]).toEqual({ name: 'firmware-bnx2', version: '20260101-1' });
    expect(newer.file).not.toEqual(first.file);
    const off = await archive.sync(store, { images: [TRIXIE_BOTH] });
    expect(off.outcome).toBe('changed');
    expect(off.generation.manifest.targets.some(({ firmware }) => firmware)).toBe(false);
    await store.prune({ keep: 0, graceMs: 0 });
    await expect(readFile(store.blobPath(first.file.sha256))).rejects.toThrow('ENOENT');
  });

  it('is kept, and reported, while its packages are unavailable', async () => {
    const synced = await syncedStore();
    const { archive, store, result } = synced;
    await archive.publish({ ...TRIXIE_2, firmware: WITH_FIRMWARE.firmware, firmwareVersion: '2' });
    archive.mirror.faults = [{ path: /firmware-bnx2_2_/, fault: { kind: 'status', status: 404 } }];
    const { events, onEvent } = recordEvents();
    const after = await archive.sync(store, { images: [SELECTED], onEvent });
    expect(firmwareOf(after)).toEqual(firmwareOf(result));
    expect(after.generation.manifest.targets[0]).toMatchObject({
      version: '13.2',
      carriedOver: false,
    });
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'firmwareMissing', suite: 'trixie', isKept: true }),
    );
    expect(await problemsOf(synced)).toEqual([]);
  });

  it('is carried over with its images', async () => {
    const synced = await syncedStore();
    const { archive, store, result } = synced;
    await archive.publish({ ...WITH_FIRMWARE, ...TRIXIE_2 });
    await archive.publish(BOOKWORM);
    archive.mirror.faults = [{ path: /trixie\/InRelease/, fault: { kind: 'status', status: 404 } }];
    const after = await archive.sync(store, { images: [SELECTED, BOOKWORM_TEXT] });
    expect(after.generation.manifest.targets[0]).toMatchObject({
      suite: 'trixie',
      carriedOver: true,
    });
    expect(firmwareOf(after)).toEqual(firmwareOf(result));
    expect(await problemsOf(synced)).toEqual([]);
  });

  it.each([
    ['the mirror lacks the component', TRIXIE, NAMES, 'package list of trixie non-free-firmware'],
    ['the archive lacks the packages', WITH_FIRMWARE, ['firmware-x'], 'none of the selected'],
  ])('is left out, and reported, if %s', async (_why, suite, firmware, message) => {
    const archive = await madeUpMirror(suite);
    const store = await temporaryStore();
    const { events, onEvent } = recordEvents();
    const images = [{ ...TRIXIE_BOTH, firmware }];
    const { generation, missing } = await archive.sync(store, { images, onEvent });
    expect(missing).toEqual([]);
    expect(generation.manifest.targets.map((target) => target.firmware)).toEqual([
      undefined,
      undefined,
    ]);
    const [missed] = events.filter(({ type }) => type === 'firmwareMissing');
    expect(missed).toMatchObject({ isKept: false });
    expect(JSON.stringify(missed && 'error' in missed && missed.error.message)).toContain(message);
    await expect(
      archive.sync(await temporaryStore(), { images, whenMissing: 'fail' }),
    ).rejects.toMatchObject({ code: 'ERR_NETBOOT_PACKAGE_NOT_FOUND' });
  });

  it('reports unknown packages, other than those for network cards', async () => {
    const archive = await madeUpMirror(WITH_FIRMWARE);
    const { events, onEvent } = recordEvents();
    const firmware = ['firmware-bnx2', 'firmware-mediatek', 'firmware-x'];
    await archive.sync(await temporaryStore(), {
      images: [{ ...TRIXIE_BOTH, firmware }],
      onEvent,
    });
    expect(events).toContainEqual({
      type: 'firmwareUnknown',
      suite: 'trixie',
      arch: 'amd64',
      packages: ['firmware-x'],
    });
  });

  it('with wrong bytes is refused', async () => {
    const archive = await madeUpMirror(WITH_FIRMWARE);
    archive.mirror.faults = [{ path: /firmware-bnx2_/, fault: { kind: 'flip', atByte: 1000 } }];
    const { events, onEvent } = recordEvents();
    await archive.sync(await temporaryStore(), { images: [SELECTED], onEvent });
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'firmwareMissing',
        error: expect.objectContaining({ code: 'ERR_NETBOOT_HASH_MISMATCH' }) as Error,
      }),
    );
  });

  it('of older releases comes from the component non-free', async () => {
    const archive = await madeUpMirror({ ...TRIXIE, codename: 'bullseye', suite: 'oldoldstable' });
    const { events, onEvent } = recordEvents();
    const images = [{ ...SELECTED, suite: 'bullseye' } as const];
    await archive.sync(await temporaryStore(), { images, onEvent });
    const [missed] = events.filter(({ type }) => type === 'firmwareMissing');
    expect(missed && 'error' in missed && missed.error.message).toContain('bullseye non-free');
    expect(requestsFor(archive, IS_INDEX)).toBe(0);
  });

  it('is included in bundles', async () => {
    const { archive, store, result } = await syncedStore();
    const path = join(await temporaryDirectory(), 'bundle.tar');
    await exportBundle({ store, path });
    expect((await readBundleIndex(path)).images[0]).toMatchObject({ firmware: NAMES });
    const other = await temporaryStore();
    const trust = { keyring: archive.keyring };
    const imported = await importBundle({ store: other, path, trust });
    expect(firmwareOf(imported)).toEqual(firmwareOf(result));
    const reports = await verifyStore({ store: other, trust });
    expect(reports.flatMap(({ problems }) => problems)).toEqual([]);
  });

  it('comes from a directory like a mirror', async () => {
    const { archive, result } = await syncedStore();
    const root = await temporaryDirectory();
    for (const [path, file] of archive.tree) {
      const target = join(root, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, await contentOf(file));
    }
    const copied = await syncImages({
      store: await temporaryStore(),
      source: directorySource(root),
      images: [SELECTED],
      trust: { keyring: archive.keyring },
    });
    expect(firmwareOf(copied)).toEqual(firmwareOf(result));
  });
});
