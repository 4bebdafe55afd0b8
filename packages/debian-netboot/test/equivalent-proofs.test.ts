import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { addIndex, contentOf, type FaultRule, publishSuite, serveMirror } from '@pxe/local-mirror';

import {
  directorySource,
  exportBundle,
  type Generation,
  type ImageStore,
  importBundle,
  type InstallerProof,
  syncImages,
  verifyStore,
} from '../src/index.js';
import {
  afterTest,
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
  TRIXIE_TEXT,
} from './support/made-up-mirror.js';

const NOT_THERE: FaultRule['fault'] = { kind: 'status', status: 404 };
/** Fault of a mirror whose InRelease is newer than its installer lists. */
const NO_LISTS: FaultRule = { path: /installer-amd64\/.*SHA256SUMS|by-hash/, fault: NOT_THERE };

/** Returns the proof of the only installer, after verifying it again offline. */
async function replayedProof(
  { keyring }: MadeUpMirror,
  store: ImageStore,
  generation: Generation,
): Promise<InstallerProof['kind']> {
  const [report] = await verifyStore({ store, trust: { keyring }, generations: [generation] });
  expect(report?.problems).toEqual([]);
  const { installers } = await store.evidence(generation.id);
  expect(installers).toHaveLength(1);
  return installers[0]!.proof.kind;
}

/** Removes from a mirror the files that a partial copy lacks. */
function keepOnly(archive: MadeUpMirror, isKept: (path: string) => boolean): void {
  for (const path of [...archive.tree.keys()]) {
    if (!isKept(path)) {
      archive.tree.delete(path);
    }
  }
}

/** Writes a mirror's tree to a directory. */
async function asDirectory(archive: MadeUpMirror): Promise<string> {
  const directory = await temporaryDirectory();
  for (const [path, file] of archive.tree) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), await contentOf(file));
  }
  return directory;
}

/** Copies of mirrors that contain a complete signed chain. */
const COPIES: readonly [string, (path: string) => boolean, InstallerProof['kind']][] = [
  ['without dated directories', (path) => !/installer-\w+\/\d/.test(path), 'current'],
  ['without current', (path) => !path.includes('/current/'), 'dated'],
  ['with only packages', (path) => !path.includes('/installer-'), 'package'],
];

describe('equivalent proofs', () => {
  describe.each(COPIES)('a copy of a mirror %s', (_what, isKept, proof) => {
    it('gives the same images as the mirror, over HTTP', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const whole = await archive.sync(await temporaryStore(), { images: [TRIXIE_BOTH] });
      keepOnly(archive, isKept);
      const store = await temporaryStore();
      const { generation } = await archive.sync(store, { images: [TRIXIE_BOTH] });
      expect(await replayedProof(archive, store, generation)).toBe(proof);
      const files = (of: Generation): unknown => of.manifest.targets.map((target) => target.files);
      expect(files(generation)).toEqual(files(whole.generation));
      expect(generation.manifest.efiLoaders).toEqual(whole.generation.manifest.efiLoaders);
      expect((await archive.sync(store, { images: [TRIXIE_BOTH] })).outcome).toBe('unchanged');
    });

    it('gives the same images as the mirror, as a directory', async () => {
      const archive = await madeUpMirror(TRIXIE);
      keepOnly(archive, isKept);
      const store = await temporaryStore();
      const { generation } = await syncImages({
        store,
        source: directorySource(await asDirectory(archive)),
        images: [TRIXIE_TEXT],
        trust: { keyring: archive.keyring },
      });
      expect(await replayedProof(archive, store, generation)).toBe(proof);
    });

    it('exports a bundle that is accepted by the same proof', async () => {
      const archive = await madeUpMirror(TRIXIE);
      keepOnly(archive, isKept);
      const store = await temporaryStore();
      await archive.sync(store);
      const path = join(await temporaryDirectory(), 'bundle.tar');
      await exportBundle({ store, path });
      const other = await temporaryStore();
      const { generation } = await importBundle({
        store: other,
        path,
        trust: { keyring: archive.keyring },
      });
      const kind = await replayedProof(archive, other, generation);
      // A bundle has only one of a build's directories: the dated one.
      expect(kind).toBe(proof === 'current' ? 'dated' : proof);
    });
  });

  describe('the netboot package', () => {
    it('is replaced by the list and pruned once that is available', async () => {
      const archive = await madeUpMirror(TRIXIE);
      archive.mirror.faults = [NO_LISTS];
      const store = await temporaryStore();
      const first = await archive.sync(store);
      expect(await replayedProof(archive, store, first.generation)).toBe('package');
      archive.mirror.faults = [];
      archive.mirror.requests.splice(0);
      const second = await archive.sync(store);
      expect(await replayedProof(archive, store, second.generation)).not.toBe('package');
      expect(requestsFor(archive, /netboot/)).toBe(0);
      const pruned = await store.prune({ keep: 0, graceMs: 0 });
      expect(pruned.files).toBeGreaterThan(0);
      expect(await replayedProof(archive, store, second.generation)).not.toBe('package');
    });

    it('must have the build that is current in the InRelease', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const list = 'dists/trixie/main/binary-all/Packages';
      const text = (await contentOf(archive.tree.get(list)!)).toString();
      await archive.publish(TRIXIE_2);
      for (const arch of ['all', 'amd64']) {
        addIndex(archive.tree, `dists/trixie/main/binary-${arch}/Packages`, text);
      }
      await publishSuite(
        archive.tree,
        { codename: 'trixie', suite: 'stable', date: new Date('2026-03-01') },
        archive.key,
      );
      archive.mirror.faults = [NO_LISTS];
      await expect(archive.sync(await temporaryStore())).rejects.toMatchObject({
        code: 'ERR_NETBOOT_MIRROR_UPDATING',
        message:
          'the mirror is being updated: the InRelease of 2026-03-01T00:00:00.000Z names trixie amd64 20250101+deb13u2, whose SHA256SUMS is missing',
      });
    });

    it('resumes a partial download', async () => {
      const archive = await madeUpMirror({ ...TRIXIE, initrdLength: 400_000 });
      const store = await temporaryStore();
      archive.mirror.faults = [
        NO_LISTS,
        { path: /pool.*netboot/, fault: { kind: 'disconnect', afterBytes: 300_000 }, times: 1 },
        { path: /pool.*netboot/, fault: NOT_THERE },
      ];
      await expect(archive.sync(store)).rejects.toThrow();
      archive.mirror.faults = [NO_LISTS];
      archive.mirror.requests.splice(0);
      await archive.sync(store);
      const again = archive.mirror.requests.find(({ path }) => path.includes('-netboot-'));
      expect(again).toMatchObject({ status: 206 });
    });

    it.each([
      ['the package', /pool.*netboot/],
      ['the Packages indexes', /main\/binary-/],
    ])('is refused if one bit of %s has changed', async (_what, path) => {
      const archive = await madeUpMirror(TRIXIE);
      archive.mirror.faults = [
        { path, fault: { kind: 'flip', atByte: 250 } },
        { ...NO_LISTS, path: /installer-amd64\/.*(?:SHA256SUMS|by-hash)/ },
      ];
      const store = await temporaryStore();
      await expect(archive.sync(store)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_HASH_MISMATCH',
      });
      expect(await store.current()).toBeUndefined();
    });

    it('fails verification if the evidence names another build', async () => {
      const archive = await madeUpMirror(TRIXIE);
      archive.mirror.faults = [NO_LISTS];
      const store = await temporaryStore();
      const { generation } = await archive.sync(store);
      const { keyring } = archive;
      const evidence = await store.evidence(generation.id);
      const forged = {
        ...store,
        directory: store.directory,
        read: store.read.bind(store),
        blobPath: store.blobPath.bind(store),
        evidence: () =>
          Promise.resolve({
            ...evidence,
            installers: evidence.installers.map((one) => ({ ...one, build: '20240101' })),
          }),
      } as unknown as ImageStore;
      const [report] = await verifyStore({
        store: forged,
        trust: { keyring },
        generations: [generation],
      });
      expect(report?.problems.map(({ error }) => error.code)).toEqual([
        'ERR_NETBOOT_HASH_MISMATCH',
      ]);
    });
  });

  it('reads evidence from the time when the list was the only proof', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const { generation } = await archive.sync(store);
    const evidence = await store.evidence(generation.id);
    const { parseEvidence } = await import('../src/store/evidence.js');
    const old = {
      ...evidence,
      installers: evidence.installers.map(({ proof, modules, ...rest }) => ({
        ...rest,
        ...('checksumList' in proof && { checksumList: proof.checksumList }),
        moduleIndex: modules!.index,
      })),
    };
    expect(parseEvidence(JSON.stringify(old))).toEqual(evidence);
  });

  describe('a suite that fails on one mirror', () => {
    it('is retried from the start on the next, whose state may be older', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const older = await serveMirror(new Map(archive.tree));
      afterTest(() => older.close());
      await archive.publish(TRIXIE_2);
      // The mirror is in the middle of an update: its InRelease is new, and most of its other files are
      // missing.
      archive.mirror.faults = [{ path: /deb13u2|by-hash|\/current\/|Packages/, fault: NOT_THERE }];
      const store = await temporaryStore();
      const { events, onEvent } = recordEvents();
      const mirrorOptions = { mirrors: [archive.mirror.url, older.url] };

      const { generation } = await archive.sync(store, { mirrorOptions, onEvent });
      expect(generation.manifest.targets).toMatchObject([
        { version: '13.1', olderThanSeen: true, carriedOver: false },
      ]);
      expect(events).toContainEqual(
        expect.objectContaining({ type: 'suiteTriedElsewhere', suite: 'trixie', to: older.url }),
      );
      expect(events).toContainEqual({
        type: 'releaseOlderThanSeen',
        suite: 'trixie',
        date: '2026-01-01T00:00:00.000Z',
        seen: '2026-02-01T00:00:00.000Z',
      });
      // The newer state is accepted as soon as it is available; the older one is refused from then on.
      archive.mirror.faults = [];
      const newer = await archive.sync(store, { mirrorOptions });
      expect(newer.generation.manifest.targets).toMatchObject([{ version: '13.2' }]);
      expect(newer.generation.manifest.targets[0]?.olderThanSeen).toBeUndefined();
      const back = archive.sync(store, { mirrorOptions: { mirrors: [older.url] } });
      await expect(back).rejects.toMatchObject({ code: 'ERR_NETBOOT_RELEASE_WENT_BACK' });
    });

    it('in one sync is available from another mirror in the next', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const older = await serveMirror(new Map(archive.tree));
      afterTest(() => older.close());
      await archive.publish(TRIXIE_2);
      archive.mirror.faults = [{ path: /deb13u2|by-hash|\/current\/|Packages/, fault: NOT_THERE }];
      const store = await temporaryStore();
      await expect(archive.sync(store)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_MIRROR_UPDATING',
      });
      const mirrors = [older.url];
      const { generation } = await archive.sync(store, { mirrorOptions: { mirrors } });
      expect(generation.manifest.targets).toMatchObject([{ version: '13.1', olderThanSeen: true }]);
    });

    it('is requested by its alias if it fails again and was never committed', async () => {
      const archive = await madeUpMirror(TRIXIE);
      for (const [path, file] of [...archive.tree]) {
        if (path.startsWith('dists/trixie/')) {
          archive.tree.set(path.replace('trixie', 'stable'), file);
        }
      }
      await archive.publish(TRIXIE_2);
      archive.mirror.faults = [
        { path: /trixie.*(?:deb13u2|by-hash|current|Packages)/, fault: NOT_THERE },
      ];
      const store = await temporaryStore();
      await expect(archive.sync(store)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_MIRROR_UPDATING',
      });
      const { generation } = await archive.sync(store);
      expect(generation.manifest.targets).toMatchObject([{ version: '13.1', olderThanSeen: true }]);
      // By then, the alias may belong to another suite.
      archive.tree.set('dists/stable/InRelease', archive.tree.get('dists/trixie/InRelease')!);
      await archive.publish({ ...BOOKWORM, suite: 'stable' });
      archive.tree.set('dists/stable/InRelease', archive.tree.get('dists/bookworm/InRelease')!);
      const other = await temporaryStore();
      await expect(archive.sync(other)).rejects.toThrow();
      await expect(archive.sync(other)).rejects.toThrow();
      expect(await other.current()).toBeUndefined();
    });
  });

  describe('the modules of an image that is kept', () => {
    it.each([
      ['are gone according to the newest index', ['6.12.9+deb13'], undefined, 'stale'],
      [
        'are unknown when that index is missing',
        ['6.12.1+deb13', '6.12.0+deb13'],
        NOT_THERE,
        'unknown',
      ],
      ['are there', ['6.12.1+deb13'], undefined, 'ok'],
    ] as const)('%s', async (_what, moduleKernels, fault, abi) => {
      const archive = await madeUpMirror(TRIXIE, BOOKWORM);
      const store = await temporaryStore();
      const images = [TRIXIE_TEXT, BOOKWORM_TEXT];
      await archive.sync(store, { images });
      await archive.publish({ ...TRIXIE_2, moduleKernels: [...moduleKernels] });
      archive.mirror.faults = [
        { path: /trixie.*installer-amd64|netboot-amd64.*deb13/, fault: NOT_THERE },
        ...(fault === undefined ? [] : [{ path: /trixie.*debian-installer\/binary/, fault }]),
      ];
      const { events, onEvent } = recordEvents();
      const { generation } = await archive.sync(store, { images, onEvent });
      expect(generation.manifest.targets[0]).toMatchObject({ carriedOver: true, abi });
      const doubts = events.filter((event) => event.type === 'modulesDoubtful');
      expect(doubts.map((event) => event.abi)).toEqual(abi === 'ok' ? [] : [abi]);
      const [report] = await verifyStore({ store, trust: { keyring: archive.keyring } });
      expect(report?.problems).toEqual([]);
    });
  });

  describe('a part that is optional', () => {
    it('is found in the other index if one index is from another state of the archive', async () => {
      const archive = await madeUpMirror(TRIXIE);
      archive.mirror.faults = [
        { path: /binary-all\/Packages/, fault: { kind: 'append', bytes: 3 } },
        { path: /binary-all\/by-hash/, fault: NOT_THERE },
      ];
      const { generation } = await archive.sync(await temporaryStore());
      expect(generation.manifest.biosLoaders?.version).toBe('3:6.04-1');
    });

    it('is retried while the mirror is being updated and its index is from another state', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const indexes = [...archive.tree].filter(([path]) => path.includes('/Packages'));
      await archive.publish(TRIXIE_2);
      keepOnly(archive, (path) => !path.includes('/by-hash/'));
      for (const [path, file] of indexes) {
        archive.tree.set(path, file);
      }
      const { events, onEvent } = recordEvents();
      const { generation } = await archive.sync(await temporaryStore(), { onEvent });
      expect(generation.manifest.targets).toMatchObject([{ version: '13.2', abi: 'unknown' }]);
      const isUpdating = expect.objectContaining({ code: 'ERR_NETBOOT_MIRROR_UPDATING' }) as object;
      for (const type of ['biosLoadersMissing', 'modulesMissing']) {
        expect(events).toContainEqual(expect.objectContaining({ type, error: isUpdating }));
      }
    });

    it.each([
      ['PXELINUX', /pool.*pxelinux/, 'biosLoadersMissing'],
      ['the index of modules', /debian-installer\/binary-amd64/, 'modulesMissing'],
    ] as const)('is left out and reported if damaged: %s', async (_what, path, type) => {
      const archive = await madeUpMirror(TRIXIE);
      archive.mirror.faults = [{ path, fault: { kind: 'flip', atByte: 30 } }];
      const { events, onEvent } = recordEvents();
      const { generation } = await archive.sync(await temporaryStore(), { onEvent });
      expect(generation.manifest.targets).toHaveLength(1);
      expect(generation.manifest.efiLoaders).toHaveLength(1);
      expect(events).toContainEqual(
        expect.objectContaining({
          type,
          error: expect.objectContaining({ code: 'ERR_NETBOOT_HASH_MISMATCH' }) as Error,
        }),
      );
    });
  });

  it('reports the size of every file when it starts to arrive', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const { events, onEvent } = recordEvents();
    await archive.sync(await temporaryStore(), { onEvent });
    const started = events.filter((event) => event.type === 'fileStarted');
    expect(started.length).toBeGreaterThan(10);
    expect(started.filter(({ size }) => size === undefined)).toEqual([]);
  });
});
