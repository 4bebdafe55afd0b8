import { execFile } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { exportBundle, openStore } from '../src/index.js';
import {
  createProgramBuilder,
  type ProgramBuilder,
  supportProgram,
} from './support/child-program.js';
import {
  madeUpMirror,
  temporaryDirectory,
  temporaryStore,
  TRIXIE,
} from './support/made-up-mirror.js';

const runFile = promisify(execFile);
const NOT_A_STORE = {
  code: 'ERR_NETBOOT_NOT_A_STORE',
  hint: expect.stringMatching(/^choose an empty directory; .+, write 4 into that file$/) as string,
};
const HAS_LINKS = { code: 'ERR_NETBOOT_STORE_HAS_LINKS', hint: expect.any(String) as string };

/** Returns every path below a directory, with the contents of the files. */
async function snapshot(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const pairs = entries.map(async (entry): Promise<[string, string]> => {
    const path = join(entry.parentPath, entry.name);
    return [path, entry.isFile() ? await readFile(path, 'utf8') : ''];
  });
  return Object.fromEntries((await Promise.all(pairs)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('a directory that is not a store', () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ['looks like /var', { 'tmp/someone/file': 'x', 'log/syslog': 'y' }],
    ['has only files in tmp', { 'tmp/file': 'x' }],
    ['has only files in partial', { 'partial/file': 'x' }],
    ['has only stored files', { [`blobs/sha256/aa/${'a'.repeat(64)}`]: 'x' }],
    ['has one file', { 'notes.txt': 'x' }],
    ["has a file with the name of one of a store's directories", { work: 'x' }],
  ])('and %s is refused and left unchanged', async (_what, files) => {
    const directory = await temporaryDirectory();
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), content);
    }
    const before = await snapshot(directory);
    await expect(openStore(directory)).rejects.toMatchObject(
      'work' in files ? HAS_LINKS : NOT_A_STORE,
    );
    await expect(openStore(directory, { readOnly: true })).rejects.toMatchObject({
      code: 'ERR_NETBOOT_NO_STORE',
      message: expect.stringContaining('is not an image store: it contains "') as string,
    });
    expect(await snapshot(directory)).toEqual(before);
  });

  it('becomes one if it is empty except for lost+found', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'lost+found'));
    await (await openStore(directory)).prune();
    expect(await readFile(join(directory, 'format'), 'utf8')).toBe('4\n');
  });

  it('becomes one if an earlier process was killed while creating it', async () => {
    const directory = await temporaryDirectory();
    for (const name of ['blobs/sha256', 'generations', 'partial', 'work', 'tmp']) {
      await mkdir(join(directory, name), { recursive: true });
    }
    await writeFile(join(directory, 'tmp', '3f1b7d0c-93b4-4a55-8f6e-0a1b2c3d4e5f'), '');
    await openStore(directory);
    expect(await readFile(join(directory, 'format'), 'utf8')).toBe('4\n');
  });
});

describe('a link inside a store', () => {
  it.each(['tmp', 'partial', 'blobs', 'blobs/sha256', 'generations', 'work'])(
    'in place of %s makes every writer fail, and nothing is removed through it',
    async (name) => {
      const archive = await madeUpMirror(TRIXIE);
      const store = await temporaryStore();
      const outside = await temporaryDirectory();
      await writeFile(join(outside, 'valuable'), 'x');
      await rm(join(store.directory, name), { recursive: true });
      await symlink(outside, join(store.directory, name));
      await expect(archive.sync(store)).rejects.toMatchObject(HAS_LINKS);
      await expect(store.prune()).rejects.toMatchObject(HAS_LINKS);
      await expect(openStore(store.directory)).rejects.toMatchObject(HAS_LINKS);
      expect(await readdir(outside)).toEqual(['valuable']);
    },
  );

  it.each(['format', 'current', 'freshness.json', 'held'])(
    'in place of the file %s refuses every writer',
    async (name) => {
      const store = await temporaryStore();
      const outside = join(await temporaryDirectory(), 'valuable');
      await writeFile(outside, 'x');
      await rm(join(store.directory, name), { force: true });
      await symlink(outside, join(store.directory, name));
      await expect(store.prune()).rejects.toMatchObject(HAS_LINKS);
      expect(await readFile(outside, 'utf8')).toBe('x');
    },
  );

  it("in place of a source's directory is not followed", async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    const outside = await temporaryDirectory();
    await symlink(outside, join(store.directory, 'work', 'mirror'));
    await expect(archive.sync(store)).rejects.toMatchObject(HAS_LINKS);
    expect(await readdir(outside)).toEqual([]);
  });

  it('at the path of an unfinished bundle is not written to', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    await archive.sync(store);
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'valuable'), 'x');
    await symlink('valuable', join(directory, 'bundle.tar.part'));
    await exportBundle({ store, path: join(directory, 'bundle.tar') });
    expect(await readFile(join(directory, 'valuable'), 'utf8')).toBe('x');
  });
});

describe('a foreign file', () => {
  it('is kept and reported by a prune', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const store = await temporaryStore();
    await archive.sync(store);
    const foreign = ['blobs/sha256/notes.txt', 'blobs/sha256/aa/notes.txt', 'blobs/sha256/dir/x'];
    const others = ['tmp/notes.txt', 'partial/notes.txt', 'work/notes.txt', 'notes.txt'];
    for (const name of [...foreign, ...others]) {
      await mkdir(dirname(join(store.directory, name)), { recursive: true });
      await writeFile(join(store.directory, name), 'x');
    }
    await archive.sync(store);
    const report = await store.prune({ keep: 0, graceMs: 0 });
    expect([...report.foreign].sort()).toEqual(
      ['blobs/sha256/aa/notes.txt', 'blobs/sha256/dir', 'blobs/sha256/notes.txt'].map((name) =>
        join(store.directory, name),
      ),
    );
    for (const name of [...foreign, ...others]) {
      expect(await readFile(join(store.directory, name), 'utf8')).toBe('x');
    }
  });
});

describe('a process with umask 000', () => {
  let programs: ProgramBuilder;

  beforeAll(async () => {
    programs = await createProgramBuilder();
  });

  afterAll(() => programs.remove());

  it('creates nothing that others can write to', async () => {
    const archive = await madeUpMirror(TRIXIE);
    const directory = await temporaryDirectory();
    const keyring = join(directory, 'keyring.asc');
    await writeFile(keyring, archive.key.publicKey);
    const program = await programs.build(supportProgram('sync-child.ts'));
    const store = join(directory, 'store');
    const command = 'umask 000; exec "$@"';
    const args = [process.execPath, program, store, archive.mirror.url, keyring];
    await runFile('sh', ['-c', command, 'sh', ...args]);
    const entries = await readdir(store, { recursive: true });
    expect(entries.length).toBeGreaterThan(20);
    const writable: string[] = [];
    for (const name of ['', ...entries]) {
      if (((await lstat(join(store, name))).mode & 0o022) !== 0) {
        writable.push(name);
      }
    }
    expect(writable).toEqual([]);
  });
});
