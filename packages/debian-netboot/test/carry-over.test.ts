import { readFile, rm } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';

import { type ImageStore, type StoredFile, verifyStore } from '../src/index.js';
import {
  BOOKWORM,
  BOOKWORM_TEXT,
  checksumListOf,
  madeUpMirror,
  nameOf,
  recordEvents,
  temporaryStore,
  TRIXIE,
  TRIXIE_2,
  TRIXIE_BOTH,
  TRIXIE_TEXT,
} from './support/made-up-mirror.js';

function pathOf(store: ImageStore, { sha256 }: StoredFile): string {
  return store.blobPath(sha256);
}

describe('an image that cannot be refreshed', () => {
  it('is carried over and marked while others are refreshed', async () => {
    const archive = await madeUpMirror(TRIXIE, BOOKWORM);
    const store = await temporaryStore();
    const images = [TRIXIE_TEXT, BOOKWORM_TEXT];
    const before = await archive.sync(store, { images });
    await archive.publish(TRIXIE_2);
    archive.mirror.faults = [
      { path: /bookworm\/InRelease/, fault: { kind: 'status', status: 404 } },
    ];
    const { events, onEvent } = recordEvents();
    const { generation } = await archive.sync(store, { images, onEvent });
    expect(generation.manifest.targets).toMatchObject([
      { suite: 'trixie', version: '13.2', carriedOver: false },
      { suite: 'bookworm', version: '12.1', carriedOver: true },
    ]);
    expect(generation.manifest.targets[1]?.files).toEqual(
      before.generation.manifest.targets[1]?.files,
    );
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'targetCarriedOver',
        error: expect.objectContaining({ code: 'ERR_NETBOOT_FILE_NOT_FOUND' }) as Error,
      }),
    );
    // Once the image can be refreshed again, the mark is removed.
    archive.mirror.faults = [];
    const after = await archive.sync(store, { images });
    expect(after.generation.manifest.targets.some(({ carriedOver }) => carriedOver)).toBe(false);
  });

  it('is left out and reported if there is nothing to carry over', async () => {
    const archive = await madeUpMirror(BOOKWORM);
    const store = await temporaryStore();
    const { events, onEvent } = recordEvents();
    const images = [TRIXIE_TEXT, BOOKWORM_TEXT];
    const { generation, missing } = await archive.sync(store, { images, onEvent });
    expect(generation.manifest.targets.map(nameOf)).toEqual(['bookworm amd64 text']);
    // The BIOS loaders do not depend on the missing image.
    expect(generation.manifest.biosLoaders?.suite).toBe('bookworm');
    const absent = {
      target: { suite: 'trixie', arch: 'amd64', variant: 'text' },
      error: expect.objectContaining({ code: 'ERR_NETBOOT_FILE_NOT_FOUND' }) as Error,
    };
    expect(missing).toEqual([absent]);
    expect(events).toContainEqual({ type: 'targetMissing', ...absent });
    // The missing image is included as soon as it is available.
    await archive.publish(TRIXIE);
    const later = await archive.sync(store, { images });
    expect(later.missing).toEqual([]);
    expect(later.generation.manifest.targets).toHaveLength(2);
    expect(later.generation.manifest.biosLoaders?.suite).toBe('trixie');
  });

  it('is left out if one of its files is missing from the store', async () => {
    const archive = await madeUpMirror(TRIXIE, BOOKWORM);
    const store = await temporaryStore();
    const images = [TRIXIE_BOTH, BOOKWORM_TEXT];
    const { generation } = await archive.sync(store, { images });
    const gtk = generation.manifest.targets[1]!.files['initrd.gz'];
    await rm(pathOf(store, gtk));
    archive.mirror.faults = [{ path: /trixie/, fault: { kind: 'status', status: 404 } }];
    const partial = await archive.sync(store, { images });
    expect(partial.generation.manifest.targets.map(nameOf)).toEqual([
      'trixie amd64 text',
      'bookworm amd64 text',
    ]);
    expect(partial.missing.map(({ target }) => target.variant)).toEqual(['gtk']);
    expect(partial.generation.manifest.efiLoaders.map(({ suite }) => suite)).toEqual([
      'trixie',
      'bookworm',
    ]);
    // Without its evidence, an image is not carried over at all.
    const evidence = await store.evidence(partial.generation.id);
    await rm(pathOf(store, checksumListOf(evidence.installers[0]!).file));
    const less = await archive.sync(store, { images });
    expect(less.generation.manifest.targets.map(nameOf)).toEqual(['bookworm amd64 text']);
    archive.mirror.faults = [];
    expect((await archive.sync(store, { images })).generation.manifest.targets).toHaveLength(3);
    expect(
      (await verifyStore({ store, trust: { keyring: archive.keyring } })).every(
        ({ problems }) => problems.length === 0,
      ),
    ).toBe(true);
  });

  it('keeps its partial downloads for the next sync', async () => {
    const archive = await madeUpMirror({ ...TRIXIE, initrdLength: 400_000 }, BOOKWORM);
    const store = await temporaryStore();
    const initrd = /trixie.*\/initrd\.gz$/;
    archive.mirror.faults = [
      { path: initrd, fault: { kind: 'disconnect', afterBytes: 300_000 }, times: 1 },
      { path: initrd, fault: { kind: 'status', status: 404 } },
      { path: /pool.*netboot/, fault: { kind: 'status', status: 404 } },
    ];
    const images = [TRIXIE_TEXT, BOOKWORM_TEXT];
    expect((await archive.sync(store, { images })).missing).toHaveLength(1);
    archive.mirror.faults = [];
    archive.mirror.requests.length = 0;
    await archive.sync(store, { images });
    const again = archive.mirror.requests.find(({ path }) => initrd.test(path));
    expect(again?.headers.range).toMatch(/^bytes=[1-9]/);
  });

  it('loses its shim and GRUB if one of their files is missing', async () => {
    const archive = await madeUpMirror(TRIXIE, BOOKWORM);
    const store = await temporaryStore();
    const images = [TRIXIE_TEXT, BOOKWORM_TEXT];
    const { generation } = await archive.sync(store, { images });
    await rm(pathOf(store, generation.manifest.efiLoaders[0]!.files['grubx64.efi']!));
    archive.mirror.faults = [{ path: /trixie/, fault: { kind: 'status', status: 404 } }];
    const partial = await archive.sync(store, { images });
    expect(partial.missing).toEqual([]);
    expect(partial.generation.manifest.efiLoaders.map(({ suite }) => suite)).toEqual(['bookworm']);
  });

  it('is an error if no other image could be refreshed', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    await archive.sync(store);
    archive.mirror.faults = [{ path: /InRelease/, fault: { kind: 'status', status: 500 } }];
    await expect(archive.sync(store)).rejects.toMatchObject({ code: 'ERR_NETBOOT_NETWORK' });
  });

  it('is not carried over as another variant', async () => {
    const archive = await madeUpMirror(TRIXIE, BOOKWORM);
    const store = await temporaryStore();
    await archive.sync(store, { images: [TRIXIE_TEXT, BOOKWORM_TEXT] });
    archive.mirror.faults = [{ path: /trixie/, fault: { kind: 'status', status: 404 } }];
    const images = [TRIXIE_BOTH, BOOKWORM_TEXT];
    const { generation, missing } = await archive.sync(store, { images });
    expect(generation.manifest.targets.map(nameOf)).toEqual([
      'trixie amd64 text',
      'bookworm amd64 text',
    ]);
    expect(missing.map(({ target }) => target.variant)).toEqual(['gtk']);
  });

  it('fetches PXELINUX again if it is missing from the store', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const { generation } = await archive.sync(store);
    const loader = generation.manifest.biosLoaders!.files['lpxelinux.0'];
    await rm(pathOf(store, loader));
    await archive.sync(store);
    expect(await readFile(pathOf(store, loader))).toHaveLength(loader.size);
    // If neither the archive nor the store has PXELINUX, UEFI machines are still served.
    await rm(pathOf(store, loader));
    await archive.publish({ ...TRIXIE_2, syslinuxVersion: '3:6.05-1' });
    archive.mirror.faults = [{ path: /^pool/, fault: { kind: 'status', status: 404 } }];
    const { events, onEvent } = recordEvents();
    const without = (await archive.sync(store, { onEvent })).generation.manifest;
    expect(without.biosLoaders).toBeUndefined();
    expect(without.targets[0]?.version).toBe('13.2');
    expect(without.efiLoaders).toHaveLength(1);
    expect(events).toContainEqual({
      type: 'biosLoadersMissing',
      suite: 'trixie',
      error: expect.objectContaining({ code: 'ERR_NETBOOT_FILE_NOT_FOUND' }) as Error,
    });
  });

  it('keeps its boot loaders', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const before = await archive.sync(store);
    await archive.publish({ ...TRIXIE_2, syslinuxVersion: '3:6.05-1' });
    archive.mirror.faults = [{ path: /^pool/, fault: { kind: 'status', status: 404 } }];
    const { events, onEvent } = recordEvents();
    const { generation } = await archive.sync(store, { onEvent });
    expect(generation.manifest.biosLoaders).toEqual(before.generation.manifest.biosLoaders);
    expect(events.map(({ type }) => type)).toContain('biosLoadersCarriedOver');
  });
});
