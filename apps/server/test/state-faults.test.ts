import { execFile } from 'node:child_process';
import {
  lchownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import Libsql from 'libsql';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { lacks, lacksRoot } from '@pxe/test-host';

import { RunningDaemon } from './support/daemon.js';
import { holdLock } from './support/database-lock.js';
import { lacksPostgres, TestPostgres } from './support/postgres.js';
import { runPxeboot } from './support/pxeboot-command.js';
import { storedBoots } from './support/stored-boots.js';
import { copyTestStore } from './support/test-store.js';

const run = promisify(execFile);

/** Fetches the loader, which is a boot. */
async function fetchLoader(
  daemon: RunningDaemon,
  maxSeconds = 120,
  address = '127.0.0.1',
): Promise<void> {
  await run('curl', [
    ...['-sS', '-o', '/dev/null', '--tftp-blksize', '1432', '--max-time', String(maxSeconds)],
    ...['--interface', address],
    `tftp://127.0.0.1:${daemon.port('tftp')}/lpxelinux.0`,
  ]);
}

/** Returns the log lines about the database, as `event` or `event reason`. */
function stateEvents(daemon: RunningDaemon): string[] {
  return daemon.log
    .filter(({ event }) => event?.startsWith('state.'))
    .map(({ event, reason }) => [event, reason].filter(Boolean).join(' '));
}

describe.skipIf(lacks('curl'))('a daemon whose database fails', () => {
  let directory: string;
  let dataDir: string;

  const listed = async (...args: string[]): Promise<number> => {
    const { stdout } = await runPxeboot(['boots', '--json', '--data-dir', dataDir, ...args]);
    return (JSON.parse(stdout) as { boots: unknown[] }).boots.length;
  };

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'pxeboot-state-faults-'));
    dataDir = join(directory, 'data');
    await copyTestStore(dataDir);
  });

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it('renames a damaged database, and creates another one', async () => {
    writeFileSync(join(dataDir, 'state.db'), 'not a database '.repeat(1000), { mode: 0o644 });
    await using daemon = await RunningDaemon.start(['--data-dir', dataDir]);
    const { msg, level } = await daemon.logged('state.moved-aside');
    expect(level).toBe('warn');
    const moved = readdirSync(dataDir).filter((name) => name.startsWith('state.db.damaged-'));
    expect(moved).toHaveLength(1);
    expect(msg).toContain(moved[0]);
    expect(statSync(join(dataDir, moved[0]!)).size).toBe(15_000);
    expect(statSync(join(dataDir, 'state.db')).mode & 0o777).toBe(0o600);
    await fetchLoader(daemon);
    await expect.poll(() => storedBoots(dataDir)).toHaveLength(1);
    await daemon[Symbol.asyncDispose]();
    expect(await listed()).toBe(1);
    expect(stateEvents(daemon)).toEqual(['state.moved-aside']);
  });

  it.each(['state.db', 'state.lock'])('serves and stops if %s is a pipe', async (name) => {
    rmSync(join(dataDir, name), { force: true });
    await run('mkfifo', ['-m', '600', join(dataDir, name)]);
    await using daemon = await RunningDaemon.start(['--data-dir', dataDir]);
    const { msg } = await daemon.logged('state.unavailable');
    expect(msg).toContain(`${name} is not a regular file`);
    await fetchLoader(daemon);
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
  });

  it.skipIf(lacksRoot()).each(['state.db', 'state.db-wal', 'state.lock', 'state.lock-journal'])(
    "does not touch the files that another user's link %s names, as root",
    async (name) => {
      const target = join(directory, 'target');
      writeFileSync(target, 'not mine', { mode: 0o644 });
      const link = join(dataDir, name);
      symlinkSync(target, link);
      // A member of the group may add files, but owns nothing else here.
      lchownSync(link, 65_534, 65_534);
      await using daemon = await RunningDaemon.start(['--data-dir', dataDir]);
      expect(await daemon.logged('state.unavailable')).toMatchObject({
        reason: 'not-owned',
        msg: `boots are kept only in memory: ${link} belongs to user 65534, who could redirect root's writes; make root the owner of the file, or run as its owner`,
      });
      await fetchLoader(daemon);
      expect(readFileSync(target, 'utf8')).toBe('not mine');
      expect(statSync(target).mode & 0o777).toBe(0o644);
      expect(readlinkSync(link)).toBe(target);
    },
  );

  it('serves, and ends by SIGKILL, if a call on the database never ends', async () => {
    await using first = await RunningDaemon.start(['--data-dir', dataDir]);
    first.signal('SIGTERM');
    await first.ended();
    const database = new Libsql(join(dataDir, 'state.db'));
    const { sql } = database
      .prepare("select sql from sqlite_schema where name = 'boots'")
      .get() as {
      sql: string;
    };
    const names = [...sql.matchAll(/"(\w+)" \w/g)]
      .map(([, name]) => name)
      .filter((name) => name !== 'boots');
    database.exec(`drop table boots;
      create view boots as
        with recursive endless (n) as (select 1 union all select n + 1 from endless)
        select ${names.map((name) => `n as ${name}`).join()} from endless`);
    database.close();
    await using daemon = await RunningDaemon.start(['--data-dir', dataDir]);
    await fetchLoader(daemon);
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBeNull();
    expect(stateEvents(daemon)).toContain('state.hung');
  });

  it('serves and stops if state.url names a pipe as a certificate', async () => {
    const pipe = join(directory, 'pipe');
    await run('mkfifo', [pipe]);
    const url = `postgres://pxeboot@127.0.0.1:1/x?sslrootcert=${pipe}`;
    await using daemon = await RunningDaemon.start(['--data-dir', dataDir, '--state-url', url]);
    const { msg } = await daemon.logged('state.unavailable');
    expect(msg).toContain(`cannot read sslrootcert ${pipe}: this is not a regular file`);
    await fetchLoader(daemon);
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
  });

  it('keeps serving if libsql has no binary, with one warning', async () => {
    // libsql then looks for a binary that does not exist here.
    const env = { LIBSQL_JS_DEV: '1' };
    await using daemon = await RunningDaemon.start(['--data-dir', dataDir], { env });
    const line = await daemon.logged('state.unavailable');
    expect(line).toMatchObject({ level: 'warn', reason: 'no-binary' });
    expect(line['msg']).toContain('install the optional package libsql');
    await fetchLoader(daemon);
    expect(await listed()).toBe(1);
    expect(stateEvents(daemon)).toEqual(['state.unavailable no-binary']);
  });

  it('leaves no file and warns about nothing with state: off', async () => {
    await using daemon = await RunningDaemon.start(['--data-dir', dataDir, '--state', 'off']);
    await fetchLoader(daemon);
    expect(await listed()).toBe(1);
    expect(readdirSync(dataDir).filter((name) => name.startsWith('state.'))).toEqual([]);
    expect(stateEvents(daemon)).toEqual([]);
  });

  it('lets another daemon take the directory over when it ends', async () => {
    const first = await RunningDaemon.start(['--data-dir', dataDir]);
    await fetchLoader(first);
    await using second = await RunningDaemon.start(['--data-dir', dataDir]);
    await second.logged('state.unavailable');
    expect(stateEvents(second)).toEqual(['state.unavailable other-daemon']);
    await expect.poll(() => storedBoots(dataDir)).toHaveLength(1);
    await first[Symbol.asyncDispose]();
    await second.logged('state.recovered');
    expect(await listed()).toBe(1);
  });

  it('boots clients while another program holds the lock, and stores them afterwards', async () => {
    await using daemon = await RunningDaemon.start(['--data-dir', dataDir]);
    const lock = await holdLock(join(dataDir, 'state.db'));
    // A boot that waited for the lock would wait for the end of this test.
    for (let client = 1; client <= 20; client++) {
      await fetchLoader(daemon, 120, `127.0.1.${client}`);
    }
    await daemon.logged('state.unavailable');
    await fetchLoader(daemon, 120, '127.0.1.21');
    expect(await listed()).toBe(21);
    expect(await lock.release()).toBe(0);
    await daemon.logged('state.recovered');
    // The daemon writes waiting boots before it ends.
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
    expect(await listed()).toBe(21);
    expect(stateEvents(daemon)).toEqual(['state.unavailable locked', 'state.recovered']);
  });

  it('survives being killed at any time, and loses at most the last second', async () => {
    let stored = 0;
    for (let kill = 0; kill < 5; kill++) {
      await using daemon = await RunningDaemon.start(['--data-dir', dataDir]);
      expect(await listed()).toBeGreaterThanOrEqual(stored);
      await fetchLoader(daemon, 120, `127.0.1.${kill + 1}`);
      stored = await listed();
      await expect.poll(() => storedBoots(dataDir)).toHaveLength(stored);
      // Without a limit, curl would keep trying for minutes after the daemon is gone.
      const last = fetchLoader(daemon, 2).catch(() => undefined);
      await delay(kill * 60);
      daemon.signal('SIGKILL');
      await last;
      expect(await daemon.ended()).toBeNull();
      expect(stateEvents(daemon)).toEqual([]);
    }
    expect(await listed()).toBeGreaterThanOrEqual(stored);
  }, 120_000);

  describe.skipIf(lacksPostgres())('PostgreSQL', () => {
    it('keeps boots while the server is unavailable, and writes them when it returns', async () => {
      await using postgres = await TestPostgres.create();
      await postgres.stop('fast');
      const args = ['--data-dir', dataDir];
      await using daemon = await RunningDaemon.start(args, {
        env: { PXEBOOT_STATE_URL: postgres.url },
      });
      const line = await daemon.logged('state.unavailable');
      expect(line).toMatchObject({ level: 'warn', reason: 'unreachable' });
      expect(JSON.stringify(daemon.log)).not.toContain('secret');
      await fetchLoader(daemon);
      expect(await listed()).toBe(1);
      await postgres.start();
      await daemon.logged('state.recovered');
      await delay(1_000);
      await postgres.stop('immediate');
      await fetchLoader(daemon);
      await postgres.start();
      await delay(6_000);
      await daemon[Symbol.asyncDispose]();
      expect(await listed('--state-url', postgres.url)).toBeGreaterThanOrEqual(1);
      expect(stateEvents(daemon)[0]).toBe('state.unavailable unreachable');
    }, 120_000);

    it('says that PostgreSQL accepts no changes, and continues', async () => {
      await using postgres = await TestPostgres.create();
      const readOnly = encodeURIComponent('-c default_transaction_read_only=on');
      await using daemon = await RunningDaemon.start(['--data-dir', dataDir], {
        env: { PXEBOOT_STATE_URL: `${postgres.url}?options=${readOnly}` },
      });
      const line = await daemon.logged('state.unavailable');
      expect(line).toMatchObject({ level: 'warn', reason: 'read-only' });
      expect(line['msg']).toContain('set state.url to the primary PostgreSQL server');
      await fetchLoader(daemon);
    }, 120_000);

    it('loses nothing when its connection ends during a write', async () => {
      await using postgres = await TestPostgres.create();
      await using daemon = await RunningDaemon.start(['--data-dir', dataDir], {
        env: { PXEBOOT_STATE_URL: postgres.url },
      });
      await fetchLoader(daemon);
      const stored = async (): Promise<number> => {
        const { rows } = await other.query<{ count: string }>('select count(*) from boots');
        return Number(rows[0]?.count);
      };
      const other = new pg.Client(postgres.url);
      await other.connect();
      try {
        await expect.poll(stored).toBe(1);
        await other.query('begin; lock table boots');
        await fetchLoader(daemon, 120, '127.0.1.1');
        const endWaiting = async (): Promise<number | null> => {
          const { rowCount } = await other.query(`
            select pg_terminate_backend(pid) from pg_stat_activity
            where application_name = 'pxeboot' and wait_event_type = 'Lock'`);
          return rowCount;
        };
        await expect.poll(endWaiting).toBe(1);
        await daemon.logged('state.unavailable');
        await other.query('commit');
        await daemon.logged('state.recovered');
        expect(await listed()).toBe(2);
        expect(await stored()).toBe(2);
      } finally {
        await other.end();
      }
      daemon.signal('SIGTERM');
      expect(await daemon.ended()).toBe(0);
    }, 120_000);
  });
});
