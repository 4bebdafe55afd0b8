import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { buildTar } from '@pxe/local-mirror';

import { readTar } from '../src/formats/tar.js';
import {
  directorySource,
  exportBundle,
  type ImageStore,
  importBundle,
  mirrorSource,
  readBundleIndex,
  syncImages,
  verifyStore,
} from '../src/index.js';
import {
  BOOKWORM,
  BOOKWORM_TEXT,
  madeUpMirror,
  type MadeUpMirror,
  temporaryDirectory,
  temporaryStore,
  TRIXIE,
  TRIXIE_BOTH,
  TRIXIE_TEXT,
} from './support/made-up-mirror.js';
import { collect, pieces } from './support/pieces.js';

/** Returns an archive, a store that was synced from it, and a path for a bundle. */
async function exporter(): Promise<{ archive: MadeUpMirror; store: ImageStore; path: string }> {
  const archive = await madeUpMirror(TRIXIE, BOOKWORM);
  const store = await temporaryStore();
  await archive.sync(store, { images: [TRIXIE_BOTH, BOOKWORM_TEXT] });
  return { archive, store, path: join(await temporaryDirectory(), 'bundle.tar') };
}

/** Returns the files of a tar archive. */
async function filesOfTar(path: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const limits = { maxEntries: 1000, maxFileBytes: 1e8, maxTotalBytes: 1e9 };
  for await (const { path: name, content } of readTar(pieces(await readFile(path)), limits)) {
    files.set(name, await collect(content));
  }
  return files;
}

/** Returns the number of bytes that this process has passed to the system for writing (proc(5)). */
async function bytesWritten(): Promise<number> {
  return Number(/wchar: (\d+)/.exec(await readFile('/proc/self/io', 'utf8'))?.[1]);
}

/** Returns the number of bytes that this process has asked the system to read (proc(5)). */
async function bytesRead(): Promise<number> {
  return Number(/rchar: (\d+)/.exec(await readFile('/proc/self/io', 'utf8'))?.[1]);
}

const OTHER_TAR = await buildTar(new Map([['a', Buffer.from('b')]]));
const BROKEN_INDEX = await buildTar(new Map([['bundle.json', Buffer.from('{}')]]));

describe('bundle', () => {
  describe('a bundle', () => {
    it('transfers a whole generation to an offline store', async () => {
      const { archive, store, path } = await exporter();
      const progress: number[] = [];
      await exportBundle({
        store,
        path,
        onProgress: (written, total) => progress.push(written / total),
      });
      expect(progress.at(-1)).toBe(1);
      expect(await readBundleIndex(path)).toMatchObject({
        images: [
          { suite: 'trixie', variants: ['text'], build: '20250101+deb13u1' },
          { suite: 'trixie', variants: ['gtk'] },
          { suite: 'bookworm', variants: ['text'] },
        ],
      });
      await archive.mirror.close();
      const target = await temporaryStore();
      const trust = { keyring: archive.keyring };
      const { generation } = await importBundle({ store: target, path, trust });
      const { manifest } = (await store.current())!;
      expect(generation.manifest.targets).toEqual(manifest.targets);
      expect(generation.manifest.biosLoaders).toEqual(manifest.biosLoaders);
      expect(generation.manifest.efiLoaders).toEqual(manifest.efiLoaders);
      const [report] = await verifyStore({ store: target, trust: { keyring: archive.keyring } });
      expect(report?.problems).toEqual([]);
      expect(await readdir(join(target.directory, 'work', 'directory'))).toEqual([]);
    });

    it('is refused if it was changed, and leaves nothing behind', async () => {
      const { archive, store, path } = await exporter();
      await exportBundle({ store, path });
      const bundle = await readFile(path);
      const kernel = await readFile(
        store.blobPath((await store.current())!.manifest.targets[0]!.files.linux.sha256),
      );
      bundle.writeUInt8(0xff, bundle.indexOf(kernel) + 20_000);
      await writeFile(path, bundle);
      const target = await temporaryStore();
      const trust = { keyring: archive.keyring };
      await expect(importBundle({ store: target, path, trust })).rejects.toMatchObject({
        code: 'ERR_NETBOOT_HASH_MISMATCH',
      });
      await expect(importBundle({ store: target, path })).rejects.toMatchObject({
        code: 'ERR_NETBOOT_UNTRUSTED_SIGNATURE',
      });
      expect(await target.current()).toBeUndefined();
      expect(await readdir(join(target.directory, 'work', 'directory'))).toEqual([]);
    });

    it('writes nothing to disk before its InRelease is verified', async () => {
      const { archive, store, path } = await exporter();
      await exportBundle({ store, path });
      const files = await filesOfTar(path);
      for (let count = 0; count < 4; count += 1) {
        files.set(`pool/filler-${count}`, Buffer.alloc(16 * 1024 * 1024));
      }
      await writeFile(path, await buildTar(files));
      const target = await temporaryStore();
      const writtenBefore = await bytesWritten();
      await expect(importBundle({ store: target, path })).rejects.toMatchObject({
        code: 'ERR_NETBOOT_UNTRUSTED_SIGNATURE',
      });
      expect((await bytesWritten()) - writtenBefore).toBeLessThan(2 * 1024 * 1024);

      // The same bundle is imported with the right keys, without files that no signature vouches for.
      const before = await bytesWritten();
      await importBundle({ store: target, path, trust: { keyring: archive.keyring } });
      expect((await bytesWritten()) - before).toBeLessThan(16 * 1024 * 1024);
    });

    it('is refused if it is longer than all images together', async () => {
      const { store, path } = await exporter();
      await exportBundle({ store, path });
      await truncate(path, 40 * 1024 ** 3);
      await expect(importBundle({ store: await temporaryStore(), path })).rejects.toMatchObject({
        code: 'ERR_NETBOOT_HOSTILE_ARCHIVE',
      });
    });

    it('is refused if its index has a build with a very long name', async () => {
      const path = join(await temporaryDirectory(), 'bundle.tar');
      const image = {
        suite: 'trixie',
        arch: 'amd64',
        variants: ['text'],
        build: 'x'.repeat(900_000),
      };
      const index = { format: 2, generation: 'g', images: [image] };
      await writeFile(
        path,
        await buildTar(new Map([['bundle.json', Buffer.from(JSON.stringify(index))]])),
      );
      await expect(readBundleIndex(path)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_MALFORMED_ARCHIVE',
        message: 'bundle.json is missing or invalid',
      });
    });

    it('is refused immediately if it is a pipe, or begins with terabytes of zeros', async () => {
      const directory = await temporaryDirectory();
      const [pipe, zeros] = [join(directory, 'pipe.tar'), join(directory, 'zeros.tar')];
      expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
      await writeFile(zeros, '');
      await truncate(zeros, 8 * 1024 ** 4);
      const before = await bytesRead();
      for (const path of [pipe, zeros]) {
        await expect(readBundleIndex(path)).rejects.toMatchObject({
          code: 'ERR_NETBOOT_MALFORMED_ARCHIVE',
          message: `${path} is not a bundle`,
        });
      }
      expect((await bytesRead()) - before).toBeLessThan(4 * 1024 * 1024);
    });

    it('stops being read when its import is aborted', async () => {
      const { store, path } = await exporter();
      await exportBundle({ store, path });
      await truncate(path, 30 * 1024 ** 3);
      const signal = AbortSignal.timeout(100);
      await expect(
        importBundle({ store: await temporaryStore(), path, signal }),
      ).rejects.toMatchObject({ name: 'TimeoutError' });
    });

    it('may have long names', async () => {
      const { archive, store, path } = await exporter();
      await exportBundle({ store, path });
      const files = await filesOfTar(path);
      // A name that needs a pax header moves the content that follows it.
      const long = new Map([...files].slice(0, 1));
      long.set(`pool/${'long/'.repeat(20)}${'x'.repeat(200)}`, Buffer.alloc(700));
      for (const [name, content] of files) {
        long.set(name, content);
      }
      await writeFile(path, await buildTar(long));
      const target = await temporaryStore();
      await importBundle({ store: target, path, trust: { keyring: archive.keyring } });
      const [report] = await verifyStore({ store: target, trust: { keyring: archive.keyring } });
      expect(report?.problems).toEqual([]);
    });

    it('is a partial mirror when extracted', async () => {
      const { archive, store, path } = await exporter();
      await exportBundle({ store, path });
      const directory = await temporaryDirectory();
      expect(spawnSync('tar', ['-xf', path, '-C', directory]).status).toBe(0);
      const { generation } = await syncImages({
        store: await temporaryStore(),
        source: directorySource(directory),
        images: [TRIXIE_TEXT],
        trust: { keyring: archive.keyring },
      });
      expect(generation.manifest.biosLoaders).toBeDefined();
    });

    it('of an earlier state is refused by a newer store', async () => {
      const { archive, store, path } = await exporter();
      await exportBundle({ store, path });
      await archive.publish({ ...TRIXIE, date: new Date('2026-05-05') });
      const newer = await temporaryStore();
      await archive.sync(newer);
      const trust = { keyring: archive.keyring };
      await expect(importBundle({ store: newer, path, trust })).rejects.toMatchObject({
        code: 'ERR_NETBOOT_RELEASE_WENT_BACK',
      });
    });

    it('can be exported from an earlier generation', async () => {
      const { archive, store, path } = await exporter();
      const generation = (await store.current())!;
      await archive.publish({ ...TRIXIE, build: '20250202', date: new Date('2026-05-05') });
      await archive.sync(store);
      expect((await exportBundle({ store, generation, path })).generation).toBe(generation.id);
    });

    it('is not exported from unsigned images', async () => {
      const directory = await temporaryDirectory();
      const { archive } = await exporter();
      const folder = join(directory, 'debian-installer', 'amd64');
      await mkdir(folder, { recursive: true });
      for (const name of ['linux', 'initrd.gz']) {
        const path = `dists/trixie/main/installer-amd64/current/images/netboot/debian-installer/amd64/${name}`;
        const file = archive.tree.get(path)!;
        await writeFile(join(folder, name), file.open());
      }
      const store = await temporaryStore();
      await syncImages({
        store,
        source: directorySource(directory),
        images: [TRIXIE_TEXT],
        trust: { dangerouslyAcceptUnsigned: true },
      });
      const path = join(directory, 'bundle.tar');
      await expect(exportBundle({ store, path })).rejects.toMatchObject({
        code: 'ERR_NETBOOT_UNSIGNED',
      });
      await expect(stat(path)).rejects.toThrow();
      const [report] = await verifyStore({ store, trust: { dangerouslyAcceptUnsigned: true } });
      expect(report).toMatchObject({ unsigned: ['trixie amd64 text'], problems: [] });
    });

    it('is not exported from an empty store', async () => {
      const path = join(await temporaryDirectory(), 'bundle.tar');
      await expect(exportBundle({ store: await temporaryStore(), path })).rejects.toMatchObject({
        code: 'ERR_NETBOOT_NO_GENERATION',
      });
    });

    it('leaves no file behind when its export is aborted', async () => {
      const { store, path } = await exporter();
      const signal = AbortSignal.abort(new Error('enough'));
      await expect(exportBundle({ store, path, signal })).rejects.toThrow('enough');
      expect((await readdir(dirname(path))).filter((name) => name.includes('.tar'))).toEqual([]);
    });

    it('reports the file that cannot be written', async () => {
      const { store } = await exporter();
      const path = join(await temporaryDirectory(), 'missing', 'bundle.tar');
      await expect(exportBundle({ store, path })).rejects.toThrow(path);
    });
  });

  describe('an image that was carried over', () => {
    it('is exported with the newer state if that still lists its build', async () => {
      const arches = ['amd64', 'arm64'];
      const archive = await madeUpMirror({ ...TRIXIE, arches });
      const store = await temporaryStore();
      const images = [TRIXIE_TEXT, { ...TRIXIE_TEXT, arch: 'arm64' as const }];
      await archive.sync(store, { images });
      const path = join(await temporaryDirectory(), 'bundle.tar');
      const trust = { keyring: archive.keyring };

      // The next build, whose arm64 files are broken; the previous build is still listed.
      const next = { ...TRIXIE, arches, build: '20250101+deb13u2', date: new Date('2026-02-02') };
      await archive.publish(next);
      archive.mirror.faults = [
        { path: /(installer|netboot)-arm64.*deb13u2/, fault: { kind: 'status', status: 404 } },
        { path: /installer-arm64.current/, fault: { kind: 'status', status: 404 } },
      ];
      const mixed = await archive.sync(store, { images });
      expect(mixed.generation.manifest.targets.map(({ carriedOver }) => carriedOver)).toEqual([
        false,
        true,
      ]);
      await exportBundle({ store, path });
      await importBundle({ store: await temporaryStore(), path, trust });

      // Then the archive drops the build that was carried over.
      for (const name of [...archive.tree.keys()]) {
        if (name.includes('20250101+deb13u1')) {
          archive.tree.delete(name);
        }
      }
      await archive.publish({ ...next, build: '20250101+deb13u3', date: new Date('2026-03-03') });
      archive.mirror.faults = [
        { path: /(installer|netboot)-arm64/, fault: { kind: 'status', status: 404 } },
      ];
      await archive.sync(store, { images });
      await expect(exportBundle({ store, path })).rejects.toMatchObject({
        code: 'ERR_NETBOOT_BUILD_NOT_FOUND',
      });
    });
  });

  describe('a file that is not a bundle', () => {
    it.each([
      ['is empty', Buffer.alloc(0)],
      ['is something else', Buffer.from('x'.repeat(2000))],
      ['is a tar archive of something else', OTHER_TAR],
      ['has a broken index', BROKEN_INDEX],
    ])('is refused when it %s', async (_what, content) => {
      const path = join(await temporaryDirectory(), 'bundle.tar');
      await writeFile(path, content);
      await expect(importBundle({ store: await temporaryStore(), path })).rejects.toMatchObject({
        code: 'ERR_NETBOOT_MALFORMED_ARCHIVE',
      });
    });

    it.each([
      [1, 'ERR_NETBOOT_FILE_NOT_FOUND'],
      [2, 'ERR_NETBOOT_FILE_NOT_FOUND'],
      [3, 'ERR_NETBOOT_BUNDLE_TOO_NEW'],
      [0, 'ERR_NETBOOT_MALFORMED_ARCHIVE'],
    ])('of format %i is refused', async (format, code) => {
      const path = join(await temporaryDirectory(), 'bundle.tar');
      const index = { format, generation: 'x', images: [TRIXIE_TEXT] };
      const files = new Map([['bundle.json', Buffer.from(JSON.stringify(index))]]);
      await writeFile(path, await buildTar(files));
      await expect(importBundle({ store: await temporaryStore(), path })).rejects.toMatchObject({
        code,
      });
    });

    it.each([
      ['more images than exist', { variants: ['text'] }, 1000],
      ['more variants than exist', { variants: Array<string>(1000).fill('text') }, 1],
    ])('is refused if it names %s', async (_what, image, count) => {
      const images = Array.from({ length: count }, () => ({
        suite: 'trixie',
        arch: 'amd64',
        ...image,
      }));
      const index = JSON.stringify({ format: 2, generation: '', images });
      const path = join(await temporaryDirectory(), 'bundle.tar');
      await writeFile(path, await buildTar(new Map([['bundle.json', Buffer.from(index)]])));
      await expect(readBundleIndex(path)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_MALFORMED_ARCHIVE',
        message: 'bundle.json is missing or invalid',
      });
    });

    it('that leads out of its directory is refused', async () => {
      const path = join(await temporaryDirectory(), 'bundle.tar');
      const index = { format: 1, generation: 'x', images: [TRIXIE_TEXT] };
      await writeFile(
        path,
        await buildTar(
          new Map([
            ['bundle.json', Buffer.from(JSON.stringify(index))],
            ['../../outside', Buffer.from('x')],
          ]),
        ),
      );
      const store = await temporaryStore();
      await expect(importBundle({ store, path })).rejects.toMatchObject({
        code: 'ERR_NETBOOT_HOSTILE_ARCHIVE',
      });
      expect(await readdir(join(store.directory, 'work'))).toEqual(['directory']);
    });
  });

  it('serves other stores when extracted as a mirror', async () => {
    const { archive, store, path } = await exporter();
    await exportBundle({ store, path });
    const { diskFile, serveMirror } = await import('@pxe/local-mirror');
    const directory = await temporaryDirectory();
    expect(spawnSync('tar', ['-xf', path, '-C', directory]).status).toBe(0);
    const names = await readdir(directory, { recursive: true, withFileTypes: true });
    const tree = new Map<string, Awaited<ReturnType<typeof diskFile>>>();
    for (const entry of names) {
      if (!entry.isFile()) {
        continue;
      }
      const file = join(entry.parentPath, entry.name);
      tree.set(file.slice(directory.length + 1), await diskFile(file));
    }
    const mirror = await serveMirror(tree);
    try {
      const { generation } = await syncImages({
        store: await temporaryStore(),
        source: mirrorSource({ mirrors: [mirror.url], retries: 0 }),
        images: [TRIXIE_BOTH, BOOKWORM_TEXT],
        trust: { keyring: archive.keyring },
      });
      expect(generation.manifest.targets).toHaveLength(3);
    } finally {
      await mirror.close();
    }
  });
});
