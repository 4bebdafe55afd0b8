import { mkdir, readdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { buildTar, contentOf, type MirrorTree } from '@pxe/local-mirror';

import { directorySource, syncImages, type SyncResult } from '../src/index.js';
import {
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

const IMAGES = 'dists/trixie/main/installer-amd64/20250101+deb13u1/images';

/** Writes a tree's files below a directory, except those that `rename` leaves out. */
async function writeTree(
  tree: MirrorTree,
  directory: string,
  rename: (path: string) => string | undefined = (path) => path,
): Promise<void> {
  for (const [path, file] of tree) {
    const name = rename(path);
    if (name === undefined) {
      continue;
    }
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), await contentOf(file));
  }
}

/** Returns the path in `netboot.tar.gz` of a file on the mirror. */
function inNetboot(path: string): string | undefined {
  const prefix = `${IMAGES}/netboot/`;
  return path.startsWith(prefix) && !path.startsWith(`${prefix}gtk`)
    ? path.slice(prefix.length)
    : undefined;
}

async function syncFrom(
  archive: MadeUpMirror,
  path: string,
  options: MirrorSync = {},
): Promise<SyncResult> {
  const { trust, ...rest } = options;
  return syncImages({
    store: await temporaryStore(),
    source: directorySource(path),
    images: [TRIXIE_TEXT],
    trust: { keyring: archive.keyring, ...trust },
    ...rest,
  });
}

/** Writes the signed files, next to a netboot tree. */
async function writeSignedFiles(tree: MirrorTree, directory: string): Promise<void> {
  for (const [path, name] of [
    ['dists/trixie/InRelease', 'InRelease'],
    [`${IMAGES}/SHA256SUMS`, 'SHA256SUMS'],
  ] as const) {
    await writeFile(join(directory, name), await contentOf(tree.get(path)!));
  }
}

describe('directory source', () => {
  describe('a directory with the layout of a mirror', () => {
    it('delivers the same files as the mirror', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const directory = await temporaryDirectory();
      await writeTree(archive.tree, directory);
      const fromMirror = await archive.sync(await temporaryStore(), { images: [TRIXIE_BOTH] });
      const { generation } = await syncFrom(archive, directory, { images: [TRIXIE_BOTH] });
      expect({ ...generation.manifest, id: '', createdAt: '' }).toEqual({
        ...fromMirror.generation.manifest,
        id: '',
        createdAt: '',
      });
    });

    it('is trusted no more than a mirror', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const directory = await temporaryDirectory();
      await writeTree(archive.tree, directory, (path) =>
        path.includes('/current/') || path.includes('-netboot-') ? undefined : path,
      );
      await writeFile(join(directory, IMAGES, 'netboot/debian-installer/amd64/initrd.gz'), 'evil');
      await expect(syncFrom(archive, directory)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_HASH_MISMATCH',
      });
    });

    it('may lack the lists of modules and packages', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const directory = await temporaryDirectory();
      await writeTree(archive.tree, directory, (path) =>
        /binary-(?:all|amd64)/.test(path) ? undefined : path,
      );
      const { events, onEvent } = recordEvents();
      const { generation } = await syncFrom(archive, directory, { onEvent });
      expect(generation.manifest.targets[0]?.abi).toBe('unknown');
      expect(generation.manifest.biosLoaders).toBeUndefined();
      expect(events).toContainEqual({ type: 'biosLoadersMissing', suite: 'trixie' });
    });

    it.each([
      ['its InRelease', 'dists/trixie/InRelease'],
      ['the initrd', `${IMAGES}/netboot/debian-installer/amd64/initrd.gz`],
    ])('is refused without %s', async (_what, missing) => {
      const archive = await madeUpMirror(TRIXIE);
      const directory = await temporaryDirectory();
      await writeTree(archive.tree, directory, (path) =>
        path.includes('/current/') || path.includes('-netboot-') ? undefined : path,
      );
      await rm(join(directory, missing));
      await expect(syncFrom(archive, directory)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_FILE_NOT_FOUND',
        message: expect.stringContaining(missing.split('/').at(-1)!) as string,
      });
    });
  });

  describe.each(['directory', 'netboot.tar.gz'] as const)('a netboot tree (%s)', (form) => {
    /** Makes the tree, and returns the path to pass to the source. */
    async function netbootTree(archive: MadeUpMirror, isSigned: boolean): Promise<string> {
      const directory = await temporaryDirectory();
      if (isSigned) {
        await writeSignedFiles(archive.tree, directory);
      }
      if (form === 'directory') {
        await writeTree(archive.tree, directory, inNetboot);
        return directory;
      }
      const files = new Map<string, Buffer>();
      for (const [path, file] of archive.tree) {
        const name = inNetboot(path);
        if (name !== undefined) {
          files.set(name, await contentOf(file));
        }
      }
      const path = join(directory, 'netboot.tar.gz');
      await writeFile(path, gzipSync(await buildTar(files)));
      return path;
    }

    it('is verified with the signed files next to it', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const { generation } = await syncFrom(archive, await netbootTree(archive, true));
      expect(generation.manifest.targets).toMatchObject([
        { build: '20250101+deb13u1', version: '13.1' },
      ]);
      expect(generation.manifest.targets[0]?.unsigned).toBeUndefined();
      expect(generation.manifest.efiLoaders[0]?.files['grubx64.efi']).toBeDefined();
    });

    it('is refused without them, unless unsigned files are accepted', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const path = await netbootTree(archive, false);
      await expect(syncFrom(archive, path)).rejects.toMatchObject({ code: 'ERR_NETBOOT_UNSIGNED' });
      const trust = { dangerouslyAcceptUnsigned: true };
      const { generation } = await syncFrom(archive, path, { trust });
      expect(generation.manifest.targets).toMatchObject([
        {
          version: 'unsigned',
          unsigned: true,
          abi: 'unknown',
          kernelVersion: '6.12.1+deb13-amd64',
        },
      ]);
      expect(generation.manifest.targets[0]?.build).toMatch(/^unsigned-[0-9a-f]{8}-[0-9a-f]{8}$/);
      expect(generation.manifest.efiLoaders).toHaveLength(1);
    });

    it('contains only one variant', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const path = await netbootTree(archive, true);
      await expect(syncFrom(archive, path, { images: [TRIXIE_BOTH] })).rejects.toMatchObject({
        code: 'ERR_NETBOOT_FILE_NOT_FOUND',
        hint: 'select one variant: text or gtk',
      });
      const gtk = [{ ...TRIXIE_TEXT, variants: ['gtk' as const] }];
      await expect(syncFrom(archive, path, { images: gtk })).rejects.toMatchObject({
        code: 'ERR_NETBOOT_HASH_MISMATCH',
      });
    });

    it('is refused for another architecture', async () => {
      const archive = await madeUpMirror({ ...TRIXIE, arches: ['amd64', 'arm64'] });
      const path = await netbootTree(archive, true);
      const arm = { ...TRIXIE_TEXT, arch: 'arm64' as const };
      await expect(syncFrom(archive, path, { images: [arm] })).rejects.toThrow();
      const trust = { dangerouslyAcceptUnsigned: true };
      const unsigned = await netbootTree(archive, false);
      await expect(syncFrom(archive, unsigned, { images: [arm], trust })).rejects.toMatchObject({
        code: 'ERR_NETBOOT_FILE_NOT_FOUND',
      });
    });
  });

  it('accepts an unsigned netboot tree without SHA256SUMS', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const directory = await temporaryDirectory();
    await writeTree(archive.tree, directory, inNetboot);
    await writeSignedFiles(archive.tree, directory);
    await rm(join(directory, 'SHA256SUMS'));
    await expect(syncFrom(archive, directory)).rejects.toMatchObject({
      code: 'ERR_NETBOOT_FILE_NOT_FOUND',
    });
  });

  it('accepts an unsigned tree without UEFI loaders', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const directory = await temporaryDirectory();
    await writeTree(archive.tree, directory, (path) => {
      const name = inNetboot(path);
      return name !== undefined && /(?:linux|initrd\.gz)$/.test(name) ? name : undefined;
    });
    const trust = { dangerouslyAcceptUnsigned: true };
    const { generation } = await syncFrom(archive, directory, { trust });
    expect(generation.manifest.efiLoaders).toEqual([]);
  });

  it.each(['nothing', 'empty', 'file.iso'])('refuses a path that leads to %s', async (name) => {
    const archive = await madeUpMirror(TRIXIE);
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'empty'));
    await writeFile(join(directory, 'file.iso'), 'x');
    await expect(syncFrom(archive, join(directory, name))).rejects.toMatchObject({
      code: 'ERR_NETBOOT_FILE_NOT_FOUND',
    });
    expect(await readdir(join(directory, 'empty'))).toEqual([]);
  });

  it('does not follow a link out of an unsigned tree', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const directory = await temporaryDirectory();
    await writeTree(archive.tree, directory, inNetboot);
    const outside = join(await temporaryDirectory(), 'shadow');
    await writeFile(outside, 'root:secret');
    const kernel = join(directory, 'debian-installer/amd64/linux');
    const trust = { dangerouslyAcceptUnsigned: true };
    await rename(kernel, join(directory, 'kernel'));
    await symlink('../../kernel', kernel);
    await syncFrom(archive, directory, { trust });
    const initrd = join(directory, 'debian-installer/amd64/initrd.gz');
    await rm(initrd);
    await symlink(outside, initrd);
    await expect(syncFrom(archive, directory, { trust })).rejects.toMatchObject({
      code: 'ERR_NETBOOT_HOSTILE_ARCHIVE',
    });
  });

  it('does not read an InRelease of gigabytes', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const directory = await temporaryDirectory();
    await writeTree(archive.tree, directory);
    await truncate(join(directory, 'dists/trixie/InRelease'), 8 * 1024 ** 3);
    await expect(syncFrom(archive, directory)).rejects.toMatchObject({
      code: 'ERR_NETBOOT_SIZE_MISMATCH',
    });
  });
});
