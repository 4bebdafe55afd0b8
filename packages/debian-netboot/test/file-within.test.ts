import { mkdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { chmod, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { contentOf } from '@pxe/local-mirror';

import { useFileWithin } from '../src/files/file-within.js';
import { directorySource, openStore, syncImages, type SyncResult } from '../src/index.js';
import {
  madeUpMirror,
  temporaryDirectory,
  temporaryStore,
  TRIXIE,
  TRIXIE_TEXT,
} from './support/made-up-mirror.js';

const SECRET = 'root:SECRETHASH:19000:0';
const HOSTILE = { code: 'ERR_NETBOOT_HOSTILE_ARCHIVE' };

async function textOf(root: string, path: string): Promise<string | undefined> {
  return useFileWithin(root, join(root, path), async ({ content }) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of content) {
      pieces.push(piece);
    }
    return Buffer.concat(pieces).toString();
  });
}

describe('a file in a tree that another user may own', () => {
  it('is read, even through links within the tree', async () => {
    const root = await temporaryDirectory();
    mkdirSync(join(root, 'a'));
    writeFileSync(join(root, 'a', 'file'), 'x'.repeat(200_000));
    symlinkSync('a', join(root, 'link'));
    expect(await textOf(root, 'a/file')).toHaveLength(200_000);
    expect(await textOf(root, 'link/file')).toHaveLength(200_000);
    const other = join(await temporaryDirectory(), 'root');
    symlinkSync(root, other);
    expect(await textOf(other, 'link/file')).toHaveLength(200_000);
    for (const path of ['a', 'missing', 'a/file/below']) {
      expect(await textOf(root, path)).toBeUndefined();
    }
  });

  it('is refused if a link to it leads out of the tree', async () => {
    const root = await temporaryDirectory();
    const outside = join(await temporaryDirectory(), 'secret');
    writeFileSync(outside, SECRET);
    symlinkSync(outside, join(root, 'file'));
    symlinkSync(dirname(outside), join(root, 'directory'));
    symlinkSync('loop', join(root, 'loop'));
    for (const path of ['file', 'directory/secret', 'loop']) {
      await expect(textOf(root, path)).rejects.toMatchObject(HOSTILE);
    }
  });

  it('is never outside the tree, however fast directories are swapped for links', async () => {
    const root = await temporaryDirectory();
    const outside = await temporaryDirectory();
    writeFileSync(join(outside, 'file'), SECRET);
    mkdirSync(join(root, 'good'));
    writeFileSync(join(root, 'good', 'file'), 'good');
    symlinkSync(outside, join(root, 'evil'));
    renameSync(join(root, 'good'), join(root, 'now'));
    const seen = new Set<string | undefined>();
    let isEvil = false;
    let isDone = false;
    const swap = (): void => {
      renameSync(join(root, 'now'), join(root, isEvil ? 'evil' : 'good'));
      renameSync(join(root, isEvil ? 'good' : 'evil'), join(root, 'now'));
      isEvil = !isEvil;
      if (!isDone) {
        setImmediate(swap);
      }
    };
    swap();
    for (let attempt = 0; attempt < 2000; attempt += 1) {
      seen.add(await textOf(root, 'now/file').catch(() => undefined));
    }
    isDone = true;
    expect(seen).toEqual(new Set(['good', undefined]));
  });
});

describe('a directory source', () => {
  // Replaces all files of one kind, so that no other proof is available.
  it.each([/InRelease$/, /SHA256SUMS$|\.deb$/, /\/(?:linux|initrd\.gz)$|\.deb$/])(
    'does not expose a file through a link in place of %s',
    async (path) => {
      const archive = await madeUpMirror(TRIXIE);
      const root = await temporaryDirectory();
      const secret = join(await temporaryDirectory(), 'secret');
      await writeFile(secret, SECRET, { mode: 0o600 });
      for (const [name, file] of archive.tree) {
        mkdirSync(dirname(join(root, name)), { recursive: true });
        await writeFile(join(root, name), await contentOf(file));
        if (path.test(name)) {
          await rm(join(root, name));
          await symlink(secret, join(root, name));
        }
      }
      const store = await temporaryStore();
      const sync = (): Promise<SyncResult> =>
        syncImages({
          store,
          source: directorySource(root),
          images: [TRIXIE_TEXT],
          trust: { keyring: archive.keyring },
          whenMissing: 'fail',
        });
      await expect(sync()).rejects.toMatchObject(HOSTILE);
    },
  );
});

describe('unpublished files of a store', () => {
  it('cannot be read by others, while served files can', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const { generation } = await archive.sync(store);
    const modeOf = (path: string): number => statSync(path).mode & 0o777;
    for (const name of ['partial', 'tmp']) {
      expect(modeOf(join(store.directory, name))).toBe(0o700);
      // An earlier version left this directory readable by everyone.
      await chmod(join(store.directory, name), 0o755);
    }
    await openStore(store.directory);
    for (const name of ['partial', 'tmp']) {
      expect(modeOf(join(store.directory, name))).toBe(0o700);
    }
    const [target] = generation.manifest.targets;
    const path = store.blobPath(target!.files.linux.sha256);
    expect(modeOf(path)).toBe(0o644);
    expect(modeOf(dirname(path))).toBe(0o755);
    const manifest = join(store.directory, 'generations', generation.id, 'manifest.json');
    expect(modeOf(dirname(manifest))).toBe(0o755);
    expect((await readFile(manifest)).length).toBeGreaterThan(0);
  });
});
