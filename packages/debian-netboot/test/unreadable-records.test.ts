import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { beforeAll, describe, expect, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { createProgramBuilder, supportProgram } from './support/child-program.js';
import {
  madeUpMirror,
  type MadeUpMirror,
  temporaryDirectory,
  temporaryStore,
  TRIXIE,
  TRIXIE_2,
  TRIXIE_BOTH,
} from './support/made-up-mirror.js';

const run = promisify(execFile);

/** Path of the program that syncs in a separate process. */
let program = '';
let pruneProgram = '';

describe('unreadable records', () => {
  beforeAll(async () => {
    const programs = await createProgramBuilder();
    program = await programs.build(supportProgram('sync-child.ts'));
    pruneProgram = await programs.build(supportProgram('prune-child.ts'));
    return () => programs.remove();
  }, 300_000);

  /** Syncs while the kernel cannot read a file or list a directory. */
  async function syncWithout(
    archive: MadeUpMirror,
    store: string,
    path: string,
    calls = 'read,pread64',
  ): Promise<void> {
    const keyring = join(await temporaryDirectory(), 'keyring.asc');
    await writeFile(keyring, archive.key.publicKey);
    await withoutAnswer(path, calls, [program, store, archive.mirror.url, keyring]);
  }

  /** Runs a program while system calls for one path fail. */
  function withoutAnswer(
    path: string,
    calls: string,
    args: readonly string[],
  ): Promise<{ readonly stdout: string }> {
    const inject = ['-e', `trace=${calls}`, '-e', `inject=${calls}:error=EIO`];
    const command = [process.execPath, ...args];
    return run('strace', ['-f', '-qq', '-o', '/dev/null', '-P', path, ...inject, ...command]);
  }

  describe('a sync recovers from', { timeout: 300_000 }, () => {
    it
      .skipIf(lacks('strace'))
      .each([
        'current',
        'freshness.json',
        'freshness.json.sha256',
        'generations/OLDER/manifest.json',
        'generations/CURRENT/manifest.json',
        'generations/CURRENT/evidence.json',
        'generations/CURRENT/SHA256SUMS',
      ])('a disk that cannot read %s', async (record) => {
      const archive = await madeUpMirror(TRIXIE);
      const store = await temporaryStore();
      const older = await archive.sync(store, { images: [TRIXIE_BOTH] });
      await archive.publish(TRIXIE_2);
      const current = await archive.sync(store, { images: [TRIXIE_BOTH] });
      const name = record
        .replace('OLDER', older.generation.id)
        .replace('CURRENT', current.generation.id);
      await syncWithout(archive, store.directory, join(store.directory, name));
      const servable = await store.servable();
      expect(servable?.damage).toBeUndefined();
      expect(servable?.generation.manifest.targets.map(({ version }) => version)).toEqual([
        '13.2',
        '13.2',
      ]);
    });

    it
      .skipIf(lacks('strace'))
      .each(['blobs/sha256', 'blobs/sha256/FOLDER', 'generations', 'partial', 'tmp'])(
      'a disk that cannot list %s',
      async (directory) => {
        const archive = await madeUpMirror(TRIXIE);
        const store = await temporaryStore();
        const { generation } = await archive.sync(store, { images: [TRIXIE_BOTH] });
        await archive.publish(TRIXIE_2);
        const folder = generation.manifest.targets[0]!.files.linux.sha256.slice(0, 2);
        const path = join(store.directory, directory.replace('FOLDER', folder));
        await syncWithout(archive, store.directory, path, 'getdents64');
        const current = await store.current();
        expect(current?.manifest.targets.map(({ version }) => version)).toEqual(['13.2', '13.2']);
      },
    );
  });

  describe('a prune of a disk that cannot list', { timeout: 300_000 }, () => {
    it.skipIf(lacks('strace')).each(['blobs/sha256', 'blobs/sha256/FOLDER'])(
      '%s does not touch its content, and reports it',
      async (name) => {
        const archive = await madeUpMirror(TRIXIE);
        const store = await temporaryStore();
        const { generation } = await archive.sync(store);
        await archive.publish(TRIXIE_2);
        await archive.sync(store);
        const { sha256 } = generation.manifest.targets[0]!.files.linux;
        const path = join(store.directory, name.replace('FOLDER', sha256.slice(0, 2)));
        const { stdout } = await withoutAnswer(path, 'getdents64', [pruneProgram, store.directory]);
        expect(JSON.parse(stdout)).toMatchObject({
          generations: [generation.id],
          foreign: [],
          unreadable: [path],
        });
        expect(await readdir(dirname(store.blobPath(sha256)))).toContain(sha256);
      },
    );
  });
});
