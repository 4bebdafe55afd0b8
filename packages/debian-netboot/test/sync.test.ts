import { describe, expect, it } from 'vitest';

import { type StoredTarget, type SyncEvent } from '../src/index.js';
import {
  BOOKWORM,
  BOOKWORM_TEXT,
  madeUpMirror,
  nameOf,
  recordEvents,
  temporaryStore,
  TRIXIE,
  TRIXIE_2,
  TRIXIE_BOTH,
  TRIXIE_TEXT,
} from './support/made-up-mirror.js';

describe('a sync', () => {
  it('creates a generation of all images and their boot loaders', async () => {
    const archive = await madeUpMirror({ ...TRIXIE, arches: ['amd64', 'arm64'] }, BOOKWORM);
    const store = await temporaryStore();
    const { generation, outcome } = await archive.sync(store, {
      images: [BOOKWORM_TEXT, { ...TRIXIE_TEXT, arch: 'arm64' }, TRIXIE_BOTH],
    });
    expect(outcome).toBe('changed');
    const { targets, biosLoaders, efiLoaders } = generation.manifest;
    expect(targets.map(nameOf)).toEqual([
      'trixie amd64 text',
      'trixie amd64 gtk',
      'trixie arm64 text',
      'bookworm amd64 text',
    ]);
    expect(targets[0]).toMatchObject({
      build: '20250101+deb13u1',
      version: '13.1',
      kernelVersion: '6.12.1+deb13-amd64',
      abi: 'ok',
      carriedOver: false,
      releaseDate: '2026-01-01T00:00:00.000Z',
    });
    expect(targets[2]?.kernelVersion).toBe('6.12.1+deb13-arm64');
    expect(biosLoaders).toMatchObject({ suite: 'trixie', version: '3:6.04-1' });
    expect(Object.keys(biosLoaders!.files)).toHaveLength(10);
    expect(efiLoaders.map(({ suite, arch, hasHttp }) => [suite, arch, hasHttp])).toEqual([
      ['trixie', 'amd64', true],
      ['trixie', 'arm64', true],
      ['bookworm', 'amd64', false],
    ]);
    expect(Object.keys(efiLoaders[1]!.files)).toEqual([
      'bootnetaa64.efi',
      'grubaa64.efi',
      'grub/font.pf2',
      'grub/arm64-efi/command.lst',
      'grub/arm64-efi/crypto.lst',
      'grub/arm64-efi/fs.lst',
      'grub/arm64-efi/terminal.lst',
    ]);
    expect((await store.current())?.id).toBe(generation.id);
  });

  it('fetches and stores the shared kernel of both variants once', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const { generation } = await archive.sync(store, { images: [TRIXIE_BOTH] });
    const [text, gtk] = generation.manifest.targets;
    expect(text?.files.linux).toEqual(gtk?.files.linux);
    expect(text?.files['initrd.gz']).not.toEqual(gtk?.files['initrd.gz']);
    const kernels = archive.mirror.requests.filter(({ path }) => path.endsWith('/linux'));
    expect(kernels).toHaveLength(1);
  });

  it('changes nothing the second time, and sends a single request', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const first = await archive.sync(store);
    archive.mirror.requests.splice(0);
    const second = await archive.sync(store);
    expect(second).toMatchObject({ outcome: 'unchanged', changed: false });
    expect(second.generation.id).toBe(first.generation.id);
    expect(archive.mirror.requests.map(({ path, status }) => [path, status])).toEqual([
      ['dists/trixie/InRelease', 304],
    ]);
  });

  it('fetches only what has changed after a point release', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    await archive.sync(store);
    await archive.publish(TRIXIE_2);
    archive.mirror.requests.splice(0);
    const { generation, changed } = await archive.sync(store);
    expect(changed).toBe(true);
    expect(generation.manifest.targets[0]).toMatchObject({
      build: '20250101+deb13u2',
      version: '13.2',
    });
    // The loaders' packages have not changed.
    expect(archive.mirror.requests.some(({ path }) => path.startsWith('pool/'))).toBe(false);
  });

  it('reports its events in order', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const { events, onEvent } = recordEvents();
    const { generation } = await archive.sync(await temporaryStore(), {
      onEvent,
      mirrorOptions: { concurrency: 1 },
    });
    const steps = events.filter(({ type }) => !type.startsWith('file'));
    expect(steps).toEqual([
      {
        type: 'releaseVerified',
        suite: 'trixie',
        version: '13.1',
        date: '2026-01-01T00:00:00.000Z',
        signers: [archive.key.fingerprint],
      },
      {
        type: 'buildResolved',
        suite: 'trixie',
        arch: 'amd64',
        build: '20250101+deb13u1',
        proof: 'dated',
        filesMissing: 9,
      },
      { type: 'generationCommitted', id: generation.id },
    ]);
    const verified = events.filter((event) => event.type === 'fileVerified');
    expect(verified).toHaveLength(11);
  });

  it('reports the progress of a large file', async () => {
    const archive = await madeUpMirror({ ...TRIXIE, initrdLength: 3_000_000 });
    const { events, onEvent } = recordEvents();
    await archive.sync(await temporaryStore(), { onEvent });
    const received = events
      .filter((event) => event.type === 'fileProgressed')
      .map((event) => event.bytes);
    expect(received.length).toBeGreaterThanOrEqual(4);
    expect(received).toEqual([...received].sort((left, right) => left - right));
  });

  it.each<[string, Partial<typeof TRIXIE_2>, StoredTarget['abi']]>([
    ['the newest of two kernels', {}, 'ok'],
    ['the older of two kernels', { kernel: '6.12.1+deb13' }, 'last'],
    ['a kernel whose modules are gone', { kernel: '6.12.0+deb13' }, 'stale'],
  ])('determines the state of the modules of %s', async (_what, suite, abi) => {
    const archive = await madeUpMirror({ ...TRIXIE_2, ...suite });
    const { generation } = await archive.sync(await temporaryStore());
    expect(generation.manifest.targets[0]?.abi).toBe(abi);
  });

  it('detects that modules were removed, even if images are unchanged', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    await archive.sync(store);
    await archive.publish({
      ...TRIXIE,
      moduleKernels: ['6.12.9+deb13'],
      date: new Date('2026-02-01T00:00:00Z'),
    });
    const { generation, changed } = await archive.sync(store);
    expect(changed).toBe(true);
    expect(generation.manifest.targets[0]?.abi).toBe('stale');
  });

  it('refuses an empty selection, and one image in two builds', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const refusal = { code: 'ERR_NETBOOT_INVALID_SELECTION' };
    await expect(archive.sync(store, { images: [] })).rejects.toMatchObject(refusal);
    const twice = [TRIXIE_TEXT, { ...TRIXIE_TEXT, build: '20250101' }];
    await expect(archive.sync(store, { images: twice })).rejects.toMatchObject(refusal);
  });

  it('finds PXELINUX on a mirror with packages for one architecture', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    await archive.sync(store);
    const indexOf = async (): Promise<string | undefined> => {
      const { id } = (await store.current())!;
      return (await store.evidence(id)).biosLoaders?.packageIndex.path;
    };
    expect(await indexOf()).toBe('main/binary-all/Packages.gz');
    await archive.publish({ ...TRIXIE_2, syslinuxVersion: '3:6.05-1' });
    archive.mirror.faults = [{ path: /binary-all/, fault: { kind: 'status', status: 404 } }];
    const { generation } = await archive.sync(store);
    expect(generation.manifest.biosLoaders?.version).toBe('3:6.05-1');
    expect(await indexOf()).toBe('main/binary-amd64/Packages.gz');
  });

  it('rejects with the reason when aborted, and releases the store', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const stopping = new AbortController();
    const reason = new Error('enough');
    const stopAt = (type: SyncEvent['type']) => (event: SyncEvent) => {
      if (event.type === type) {
        stopping.abort(reason);
      }
    };
    const stopped = { signal: stopping.signal, onEvent: stopAt('fileVerified') };
    await expect(archive.sync(store, stopped)).rejects.toBe(reason);
    await expect(archive.sync(store, { signal: stopping.signal })).rejects.toBe(reason);
    expect(await store.current()).toBeUndefined();
    expect((await archive.sync(store)).changed).toBe(true);
  });

  it('prevents another sync in the same store', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const syncs = await Promise.allSettled([archive.sync(store), archive.sync(store)]);
    const refusals = syncs.filter((sync) => sync.status === 'rejected');
    expect(refusals.map(({ reason }) => (reason as Error & { code: string }).code)).toEqual([
      'ERR_NETBOOT_STORE_BUSY',
    ]);
  });
});

describe('a pinned build', () => {
  it('is kept when a newer one appears', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const images = [{ ...TRIXIE_TEXT, build: '20250101+deb13u1' }];
    await archive.sync(store, { images });
    await archive.publish(TRIXIE_2);
    expect((await archive.sync(store, { images })).generation.manifest.targets[0]?.build).toBe(
      '20250101+deb13u1',
    );
  });

  it('is kept after the archive removes it, while others are refreshed', async () => {
    const archive = await madeUpMirror(TRIXIE, BOOKWORM);
    const store = await temporaryStore();
    const images = [{ ...TRIXIE_TEXT, build: '20250101+deb13u1' }, BOOKWORM_TEXT];
    await archive.sync(store, { images });
    for (const path of [...archive.tree.keys()]) {
      if (path.includes('20250101+deb13u1')) {
        archive.tree.delete(path);
      }
    }
    await archive.publish(TRIXIE_2);
    const { generation } = await archive.sync(store, { images });
    expect(generation.manifest.targets[0]).toMatchObject({
      build: '20250101+deb13u1',
      carriedOver: true,
    });
  });

  it('that does not exist is an error that lists the available builds', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const images = [{ ...TRIXIE_TEXT, build: '19990101' }];
    await expect(archive.sync(await temporaryStore(), { images })).rejects.toMatchObject({
      code: 'ERR_NETBOOT_BUILD_NOT_FOUND',
      hint: 'choose 20250101+deb13u1, or unpin the build',
    });
  });
});
