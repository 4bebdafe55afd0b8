// What docs/upgrade.md says about backups and older versions, with the built daemon.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';

import { lacks } from '@pxe/test-host';

import { RunningDaemon } from './support/daemon.js';
import { runPxeboot } from './support/pxeboot-command.js';
import { storedBoots } from './support/stored-boots.js';
import { copyTestStore } from './support/test-store.js';

const run = promisify(execFile);

/** Time limit of a wait in milliseconds; long, since the machine may be busy. */
const PATIENCE = { timeout: 120_000 };

const MAC = '52:54:00:00:00:01';

describe('the page about upgrades', () => {
  let directory: string;
  let dataDir: string;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'pxeboot-upgrade-'));
    dataDir = join(directory, 'data');
    await copyTestStore(dataDir);
  });

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  /** Runs SQL on a database, and returns what it prints. */
  async function sqlite(database: string, sql: string): Promise<string> {
    return (await run('sqlite3', [database, sql])).stdout.trim();
  }

  /** Runs a command on a data directory, and returns its standard output. */
  async function pxeboot(data: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await runPxeboot([...args, '--data-dir', data]);
    expect(code, stderr).toBe(0);
    return stdout;
  }

  async function boots(data: string): Promise<readonly unknown[]> {
    return (JSON.parse(await pxeboot(data, 'boots', '--json')) as { boots: unknown[] }).boots;
  }

  /** Makes a daemon store a boot and a host. */
  async function useDaemon(daemon: RunningDaemon): Promise<void> {
    await pxeboot(dataDir, 'hosts', 'add', 'rack7', '--mac', MAC);
    await run('curl', [
      '-sS',
      '-o',
      '/dev/null',
      `tftp://127.0.0.1:${daemon.port('tftp')}/lpxelinux.0`,
    ]);
    await expect.poll(() => storedBoots(dataDir), PATIENCE).toHaveLength(1);
  }

  /** Waits until a daemon knows the boot and the host of {@link useDaemon}. */
  async function expectRestored(data: string): Promise<void> {
    await expect.poll(() => boots(data), PATIENCE).toHaveLength(1);
    await expect.poll(() => pxeboot(data, 'hosts', 'list'), PATIENCE).toContain('rack7');
  }

  /** Fills a store without the packages of whole releases, which take long to verify. */
  async function smallStore(): Promise<string> {
    const small = join(directory, 'small');
    const mirror = ['--source-kind', 'mirror', '--source-url', inject('debianMirror') ?? ''];
    await pxeboot(small, 'sync', ...mirror, '--images', 'bookworm:amd64:text');
    return small;
  }

  async function stop(daemon: RunningDaemon): Promise<void> {
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
  }

  /** Changes the format of the store, as if a later version of pxeboot had written to it. */
  async function writeLaterStore(): Promise<void> {
    await rm(join(dataDir, 'format'));
    await rm(join(dataDir, 'format.sha256'), { force: true });
    await writeFile(join(dataDir, 'format'), '5\n');
    const hash = createHash('sha256').update('5\n').digest('hex');
    await writeFile(join(dataDir, 'format.sha256'), `${hash}\n`);
  }

  describe.skipIf(lacks('curl', 'sqlite3'))('a backup', () => {
    it('of the database is made while the daemon runs, and has its boots and hosts', async () => {
      const copy = join(directory, 'copy.db');
      await using daemon = await RunningDaemon.start(['--data-dir', dataDir]);
      await useDaemon(daemon);
      await sqlite(join(dataDir, 'state.db'), `.backup ${copy}`);
      await stop(daemon);

      const restored = join(directory, 'restored');
      await copyTestStore(restored);
      await rename(copy, join(restored, 'state.db'));
      await using later = await RunningDaemon.start(['--data-dir', restored]);
      await expectRestored(restored);
      await stop(later);
    });

    it('of the images is one file, and made while the daemon runs', async () => {
      const bundle = join(directory, 'images.tar');
      const small = await smallStore();
      await using daemon = await RunningDaemon.start(['--data-dir', small]);
      await pxeboot(small, 'images', 'export', bundle);
      await stop(daemon);
      const restored = join(directory, 'restored');
      await pxeboot(restored, 'images', 'import', bundle);
      const listed = async (data: string): Promise<readonly unknown[]> => {
        const { generations } = JSON.parse(await pxeboot(data, 'images', 'list', '--json')) as {
          generations: readonly { readonly images: readonly unknown[] }[];
        };
        return generations[0]?.images ?? [];
      };
      const saved = await listed(small);
      expect(saved.length).toBeGreaterThan(0);
      expect(await listed(restored)).toEqual(saved);
    });
  });

  describe.skipIf(lacks('curl', 'sqlite3'))('an older version', () => {
    it('does not start on the images of a later one, and changes nothing', async () => {
      await writeLaterStore();
      const before = await readdir(dataDir, { recursive: true });
      for (const command of [['serve'], ['images', 'list']]) {
        const { code, stderr } = await runPxeboot([...command, '--data-dir', dataDir]);
        expect(code).toBe(1);
        expect(stderr).toContain('expected layout 4 or older, got "5"');
        expect(stderr).toContain(
          'use a version at least as new as the one that wrote the store, or another directory',
        );
      }
      expect(readFileSync(join(dataDir, 'format'), 'utf8')).toBe('5\n');
      // The folder for temporary files is made before the format is checked.
      const names = (await readdir(dataDir, { recursive: true })).filter((name) => name !== 'tmp');
      expect(names.sort()).toEqual(before.sort());
    });

    it('serves with the database of a later one without its history, and leaves it unchanged', async () => {
      const database = join(dataDir, 'state.db');
      await using first = await RunningDaemon.start(['--data-dir', dataDir]);
      await useDaemon(first);
      await stop(first);
      await sqlite(database, "insert into state_versions values ('9999-later', '2030')");
      const before = readFileSync(database);

      await using older = await RunningDaemon.start(['--data-dir', dataDir]);
      expect(await older.logged('state.unavailable')).toMatchObject({ reason: 'newer' });
      expect(await boots(dataDir)).toEqual([]);
      await stop(older);
      expect(readFileSync(database).equals(before)).toBe(true);
    });

    it('starts with nothing but the database that was saved before the upgrade', async () => {
      const database = join(dataDir, 'state.db');
      const saved = join(directory, 'saved.db');
      await using before = await RunningDaemon.start(['--data-dir', dataDir]);
      await useDaemon(before);
      await sqlite(database, `.backup ${saved}`);
      await stop(before);
      await writeLaterStore();
      await sqlite(database, "insert into state_versions values ('9999-later', '2030')");

      await rename(dataDir, `${dataDir}.later`);
      await mkdir(dataDir);
      await rename(saved, database);
      await using older = await RunningDaemon.start(['--data-dir', dataDir]);
      await expectRestored(dataDir);
      expect(existsSync(join(dataDir, 'format'))).toBe(true);
      await older[Symbol.asyncDispose]();
    });
  });
});
