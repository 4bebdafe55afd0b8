import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { RunningDaemon } from './support/daemon.js';
import { lacksPostgres, TestPostgres } from './support/postgres.js';
import { lacks } from './support/programs.js';
import { runPxeboot } from './support/pxeboot-command.js';
import { copyTestStore } from './support/test-store.js';

const run = promisify(execFile);

/** Fetches the loader, which is a boot; resolves with the time it took in milliseconds. */
async function fetchLoader(
  daemon: RunningDaemon,
  maxSeconds = 30,
  address = '127.0.0.1',
): Promise<number> {
  const from = performance.now();
  await run('curl', [
    ...['-sS', '-o', '/dev/null', '--tftp-blksize', '1432', '--max-time', String(maxSeconds)],
    ...['--interface', address],
    `tftp://127.0.0.1:${daemon.port('tftp')}/lpxelinux.0`,
  ]);
  return performance.now() - from;
}

/** Lines about the database, as `event` or `event reason`. */
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
    await delay(1_000);
    await daemon[Symbol.asyncDispose]();
    expect(await listed()).toBe(1);
    expect(stateEvents(daemon)).toEqual(['state.moved-aside']);
  }, 60_000);

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
  }, 60_000);

  it('leaves no file and warns about nothing with state: off', async () => {
    await using daemon = await RunningDaemon.start(['--data-dir', dataDir, '--state', 'off']);
    await fetchLoader(daemon);
    expect(await listed()).toBe(1);
    expect(readdirSync(dataDir).filter((name) => name.startsWith('state.'))).toEqual([]);
    expect(stateEvents(daemon)).toEqual([]);
  }, 60_000);

  it('lets another daemon take the directory over when it ends', async () => {
    const first = await RunningDaemon.start(['--data-dir', dataDir]);
    await fetchLoader(first);
    await using second = await RunningDaemon.start(['--data-dir', dataDir]);
    expect(stateEvents(second)).toEqual(['state.unavailable other-daemon']);
    await delay(1_000);
    await first[Symbol.asyncDispose]();
    await second.logged('state.recovered', 40_000);
    expect(await listed()).toBe(1);
  }, 90_000);

  it('boots 20 clients as fast as ever while a program holds the lock for 30 seconds', async () => {
    await using daemon = await RunningDaemon.start(['--data-dir', dataDir]);
    const before: number[] = [];
    for (let client = 0; client < 20; client++) {
      before.push(await fetchLoader(daemon));
    }
    const { ended } = await holdLock(join(dataDir, 'state.db'), 30_000);
    const during: number[] = [];
    for (let client = 0; client < 20; client++) {
      during.push(await fetchLoader(daemon));
      await delay(500);
    }
    await daemon.logged('state.unavailable', 30_000);
    const median = (times: readonly number[]): number =>
      times.toSorted((one, other) => one - other)[10] ?? 0;
    expect(median(during)).toBeLessThan(median(before) + 100);
    // No boot waits for the lock, which would take seconds; the margin is for a busy machine.
    expect(Math.max(...during)).toBeLessThan(Math.max(...before) + 1_000);
    expect(await ended).toBe(0);
    await daemon.logged('state.recovered', 40_000);
    await delay(1_000);
    const boots = await listed();
    await daemon[Symbol.asyncDispose]();
    expect(await listed()).toBe(boots);
    expect(stateEvents(daemon)).toEqual(['state.unavailable locked', 'state.recovered']);
  }, 150_000);

  it('survives being killed at any time, and loses at most the last second', async () => {
    let stored = 0;
    for (let kill = 0; kill < 5; kill++) {
      await using daemon = await RunningDaemon.start(['--data-dir', dataDir]);
      expect(await listed()).toBeGreaterThanOrEqual(stored);
      await fetchLoader(daemon);
      await delay(1_000);
      stored = await listed();
      // Without a limit, curl asks a daemon that is gone for minutes.
      const last = fetchLoader(daemon, 2).catch(() => 0);
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
      await daemon.logged('state.recovered', 40_000);
      await delay(1_000);
      await postgres.stop('immediate');
      await fetchLoader(daemon);
      await postgres.start();
      await delay(6_000);
      await daemon[Symbol.asyncDispose]();
      expect(await listed('--state-url', postgres.url)).toBeGreaterThanOrEqual(1);
      expect(stateEvents(daemon)[0]).toBe('state.unavailable unreachable');
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
        await expect.poll(stored, { timeout: 30_000 }).toBe(1);
        await other.query('begin; lock table boots');
        await fetchLoader(daemon, 30, '127.0.1.1');
        const endWaiting = async (): Promise<number | null> => {
          const { rowCount } = await other.query(`
            select pg_terminate_backend(pid) from pg_stat_activity
            where application_name = 'pxeboot' and wait_event_type = 'Lock'`);
          return rowCount;
        };
        await expect.poll(endWaiting, { timeout: 30_000 }).toBe(1);
        await daemon.logged('state.unavailable', 30_000);
        await other.query('commit');
        await daemon.logged('state.recovered', 30_000);
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

/** Holds the write lock of a database in another process, once this resolves. */
async function holdLock(
  file: string,
  forMs: number,
): Promise<{ readonly ended: Promise<number | null> }> {
  const libsql = createRequire(import.meta.url).resolve('libsql');
  const program = `
    const db = new (require(${JSON.stringify(libsql)}))(${JSON.stringify(file)});
    db.exec('BEGIN IMMEDIATE');
    console.log('held');
    setTimeout(() => db.exec('ROLLBACK'), ${forMs});`;
  const child = spawn(process.execPath, ['--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(createInterface({ input: child.stdout }), 'line');
  return { ended: once(child, 'exit').then(([code]) => code as number | null) };
}
