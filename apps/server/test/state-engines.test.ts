import { randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { type Kysely, sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { type Boot } from '../src/machines/boot.js';
import { createBootRecorder, type RecorderEvents } from '../src/state/boot-recorder.js';
import { readBoots, readMachine, readMachines, trim, writeBoots } from '../src/state/boot-table.js';
import { stateFailure } from '../src/state/failure.js';
import { migrate } from '../src/state/migrate.js';
import { MIGRATIONS } from '../src/state/migrations.js';
import { createPostgresEngine } from '../src/state/postgres/postgres-engine.js';
import {
  MAX_LOG_BYTES,
  MAX_WRITE_BYTES,
  RETENTION,
  TRIM_AT_BYTES,
} from '../src/state/retention.js';
import { bootRow } from '../src/state/rows.js';
import { journalFor } from '../src/state/sqlite/journal.js';
import { type StateEngine } from '../src/state/state-engine.js';
import { type StateTables } from '../src/state/tables.js';
import { holdLock } from './support/database-lock.js';
import { lacksPostgres, TestPostgres } from './support/postgres.js';
import { aBoot, sqliteEngine, storedSqliteBoots } from './support/state-engines.js';

const MAC = '52:54:00:12:34:56';
const UUID = '1b2f5c1e-83a0-4b8f-a9d7-0c9d6c3f0a11';
const DAY_MS = 24 * 60 * 60 * 1000;

/** Fresh databases of one kind. */
interface Databases {
  /** Connects to the database. */
  connect(): StateEngine;
  clear(): Promise<void>;
  /** Size of the database's files, or of its tables, in bytes. */
  size(db: Kysely<StateTables>): Promise<number>;
  dispose(): Promise<void>;
}

function sqliteDatabases(): Promise<Databases> {
  const directory = mkdtempSync(join(tmpdir(), 'pxeboot-state-'));
  const clear = (): void => {
    for (const name of readdirSync(directory)) {
      rmSync(join(directory, name));
    }
  };
  return Promise.resolve({
    connect: () => sqliteEngine({ database: join(directory, 'state.db') }),
    clear: async () => {
      clear();
      await Promise.resolve();
    },
    size: () => {
      const sizes = readdirSync(directory).map((name) => statSync(join(directory, name)).size);
      return Promise.resolve(sizes.reduce((sum, size) => sum + size, 0));
    },
    dispose: async () => {
      rmSync(directory, { recursive: true, force: true });
      await Promise.resolve();
    },
  });
}

async function postgresDatabases(): Promise<Databases> {
  const server = await TestPostgres.create();
  return {
    connect: () => createPostgresEngine(server.url),
    async clear() {
      const engine = createPostgresEngine(server.url);
      await sql`drop schema public cascade`.execute(engine.db);
      await sql`create schema public`.execute(engine.db);
      await engine.close();
    },
    async size(db) {
      const { rows } = await sql<{ size: number }>`
        select pg_total_relation_size('boots') + pg_total_relation_size('machines') as size`.execute(
        db,
      );
      return rows[0]?.size ?? 0;
    },
    dispose: () => server[Symbol.asyncDispose](),
  };
}

/** Returns a boot of 6 kB, or another size, that cannot be compressed. */
function largeBoot(id: number, at = Date.now() - 1_000_000 + id, bytes = 6_000): Boot {
  const path = randomBytes(bytes / 2).toString('hex');
  return aBoot({
    id,
    startedAt: at,
    lastSeenAt: at,
    refused: [{ path, transport: 'http', result: 'notFound' }],
  });
}

const ENGINES = [
  { name: 'SQLite', databases: sqliteDatabases },
  ...(lacksPostgres() ? [] : [{ name: 'PostgreSQL', databases: postgresDatabases }]),
];

describe.each(ENGINES)('state in $name', ({ databases }) => {
  let database: Databases;
  let engine: StateEngine;
  const create = (): StateEngine => database.connect();

  beforeAll(async () => {
    database = await databases();
  });

  afterAll(async () => {
    await database.dispose();
  });

  beforeEach(() => {
    engine = create();
  });

  afterEach(async () => {
    await engine.close();
    await database.clear();
  });

  it('reads a long history, in order, with little memory in the thread of the database', async () => {
    await engine.open();
    await migrate(engine.db);
    const now = Date.now();
    // 32 MB of boots. Page boundaries fall between boots with the same time.
    const ids = Array.from({ length: 5_000 }, (_, index) => index + 1);
    for (let start = 0; start < ids.length; start += 500) {
      const part = ids.slice(start, start + 500);
      await writeBoots(
        engine,
        part.map((id) => largeBoot(id, now + Math.floor(id / 7))),
      );
    }

    const all = await readBoots(engine.db, 20_000);
    expect(all.map(({ id }) => id)).toEqual(ids.toReversed());
    const some = await readBoots(engine.db, 777);
    expect(some.map(({ id }) => id)).toEqual(ids.toReversed().slice(0, 777));
  });

  it('reads boots back unchanged, newest first', async () => {
    await engine.open();
    await migrate(engine.db);
    const now = Date.now();
    const older = aBoot({ id: 2 ** 50, startedAt: now - 5000, mac: MAC });
    const newer = aBoot({
      id: 2 ** 50 + 1,
      startedAt: now - 100.5,
      outcome: 'failed',
      refused: [{ path: '/a\0b\ud800é', transport: 'tftp', result: 'notFound' }],
      diagnosis: { rule: 'x', cause: "it's", fix: 'y' },
      proven: false,
    });
    await writeBoots(engine, [older, newer]);
    expect(await readBoots(engine.db, 10)).toEqual([newer, older]);
    expect(await readBoots(engine.db, 1)).toEqual([newer]);
  });

  it('keeps a boot that reached the installer when another daemon stores only part of it', async () => {
    await engine.open();
    await migrate(engine.db);
    const mac = '52:54:00:00:00:77';
    const boot = aBoot({ id: 1, lastSeenAt: 2000, outcome: 'installer', mac });
    const part = { ...boot, outcome: 'failed' as const, stages: boot.stages.slice(1) };
    await writeBoots(engine, [boot]);
    await writeBoots(engine, [part]);
    expect(await readBoots(engine.db, 1)).toEqual([boot]);
    expect(await readMachine(engine.db, [mac])).toMatchObject({
      last_outcome: 'installer',
    });
    const later = { ...part, lastSeenAt: boot.lastSeenAt + 1 };
    await writeBoots(engine, [later]);
    expect(await readBoots(engine.db, 1)).toEqual([later]);
  });

  it('replaces a boot with its newer version, never with an older one', async () => {
    await engine.open();
    await migrate(engine.db);
    const boot = aBoot({ id: 1, lastSeenAt: 2000, outcome: 'booting' });
    const ended = { ...boot, lastSeenAt: 3000, outcome: 'installer' } as const;
    await writeBoots(engine, [boot]);
    await writeBoots(engine, [ended]);
    await writeBoots(engine, [boot]);
    expect(await readBoots(engine.db, 10)).toEqual([ended]);
  });

  it('writes all statements of a transaction, or none', async () => {
    await engine.open();
    await migrate(engine.db);
    const kept =
      sql`insert into machines (name, first_seen_at, last_seen_at, address, last_boot, last_outcome)
      values ('a', 1, 1, '10.0.0.1', 1, 'menu')`.compile(engine.db);
    const failing = sql`insert into machines (name) values (null)`.compile(engine.db);
    await expect(engine.write([kept, failing])).rejects.toThrow();
    expect(await readMachines(engine.db, 10)).toEqual([]);
    await engine.write([kept]);
    expect(await readMachines(engine.db, 10)).toHaveLength(1);
  });

  it('writes hundreds of boots at once', async () => {
    await engine.open();
    await migrate(engine.db);
    const boots = Array.from({ length: 500 }, (_, id) => aBoot({ id, mac: MAC }));
    await writeBoots(engine, boots);
    expect(await readBoots(engine.db, 1000)).toHaveLength(500);
  });

  it('stores each machine once, by its MAC address as soon as that is known', async () => {
    await engine.open();
    await migrate(engine.db);
    const facts = { uuid: UUID, firmware: 'uefi' } as const;
    await writeBoots(engine, [aBoot({ id: 1, ...facts, startedAt: 1000, lastSeenAt: 2000 })]);
    expect(await readMachines(engine.db, 9)).toMatchObject([{ name: UUID, mac: null }]);
    await writeBoots(engine, [
      aBoot({ id: 1, ...facts, mac: MAC, startedAt: 1000, lastSeenAt: 3000 }),
    ]);
    await writeBoots(engine, [
      aBoot({ id: 2, mac: MAC, startedAt: 5000, lastSeenAt: 6000, address: '10.0.0.2' }),
      aBoot({ id: 3, startedAt: 5000, lastSeenAt: 6000 }),
    ]);
    expect(await readMachines(engine.db, 9)).toEqual([
      {
        name: MAC,
        mac: MAC,
        uuid: UUID,
        address: '10.0.0.2',
        firmware: 'uefi',
        arch: null,
        first_seen_at: 1000,
        last_seen_at: 6000,
        last_boot: 2,
        last_outcome: 'menu',
      },
    ]);
  });

  it('removes boots and machines after 30 days', async () => {
    await engine.open();
    await migrate(engine.db);
    const now = Date.now();
    const at = (days: number) => ({
      startedAt: now - days * DAY_MS,
      lastSeenAt: now - days * DAY_MS,
    });
    await writeBoots(engine, [
      aBoot({ id: 1, mac: MAC, ...at(30.1) }),
      aBoot({ id: 2, mac: '52:54:00:00:00:02', ...at(29.9) }),
    ]);
    await trim(engine.db, { now, usedBytes: 0 });
    expect(await readBoots(engine.db, 9)).toMatchObject([{ id: 2 }]);
    expect(await readMachines(engine.db, 9)).toMatchObject([{ last_boot: 2 }]);
  });

  it('keeps the newest boots when there are too many, within the limit of each kind', async () => {
    await engine.open();
    await migrate(engine.db);
    const now = Date.now();
    const boots = Array.from({ length: RETENTION.unprovenBoots + 100 }, (_, id) => [
      aBoot({ id: 2 * id, proven: false, lastSeenAt: now + id }),
      aBoot({ id: 2 * id + 1, lastSeenAt: now + id }),
    ]).flat();
    await writeBoots(engine, boots);
    await trim(engine.db, { now, usedBytes: TRIM_AT_BYTES - 1 });
    const kept = await readBoots(engine.db, 2000);
    expect(kept.filter(({ proven }) => !proven)).toHaveLength(RETENTION.unprovenBoots);
    expect(kept.filter(({ proven }) => proven)).toHaveLength(600);
    expect(kept.some(({ id }) => id === 0)).toBe(false);
    await trim(engine.db, { now, usedBytes: TRIM_AT_BYTES });
    expect(await readBoots(engine.db, 2000)).toHaveLength(540 + 500);
  });

  it('keeps the older boots and machines of other addresses when one address has most of them', async () => {
    await engine.open();
    await migrate(engine.db);
    const now = Date.now();
    const macOf = (id: number): string =>
      id.toString(16).padStart(12, '0').match(/../g)?.join(':') ?? '';
    const boots = Array.from({ length: 1000 }, (_, id) =>
      aBoot({
        id,
        mac: macOf(id),
        address: id < 300 ? `10.0.0.${id % 100}` : '10.0.0.200',
        lastSeenAt: now + id,
      }),
    );
    await writeBoots(engine, boots);
    await trim(engine.db, { now, usedBytes: TRIM_AT_BYTES });
    let kept = await readBoots(engine.db, 2000);
    expect(kept).toHaveLength(900);
    expect(kept.filter(({ address }) => address === '10.0.0.200')).toHaveLength(600);
    for (let times = 0; times < 10; times++) {
      await trim(engine.db, { now, usedBytes: TRIM_AT_BYTES });
    }
    kept = await readBoots(engine.db, 2000);
    // Each of the eleven trims keeps nine tenths, and the address with the most boots keeps about a quarter of
    // the places.
    expect(kept).toHaveLength(312);
    expect(kept.filter(({ address }) => address === '10.0.0.200').length).toBeLessThan(120);
    expect(await readMachines(engine.db, 2000)).toHaveLength(1000);
  });

  it('stays below 64 MB however much is recorded, and keeps the newest boots', async () => {
    const failed = vi.fn<RecorderEvents['failed']>();
    const recorder = createBootRecorder(engine, {
      failed,
      history: () => undefined,
      opened: () => Promise.resolve(),
      owned: () => undefined,
      recovered: () => undefined,
      movedAside: () => undefined,
    });
    await recorder.started;
    const reader = create();
    await reader.open();
    let id = 0;
    let largest = 0;
    for (let megabytes = 0; megabytes < 90; megabytes += 6) {
      for (let count = 0; count < 1000; count++) {
        id += 1;
        recorder.record(largeBoot(id));
      }
      while ((await readBoots(reader.db, 1))[0]?.id !== id) {
        await delay(50);
      }
      largest = Math.max(largest, await database.size(reader.db));
    }
    await recorder.close();
    expect(failed).not.toHaveBeenCalled();
    expect(largest).toBeLessThan(64_000_000);
    const kept = await reader.db.selectFrom('boots').select('id').orderBy('id', 'desc').execute();
    expect(kept.length).toBeGreaterThan(3000);
    expect(kept.map((row) => row.id)).toEqual(kept.map((_, index) => id - index));
    await reader.close();
    engine = create();
  }, 180_000);

  it.each([undefined, ...Object.keys(MIGRATIONS)])(
    'migrates a database of version %s to the newest one, with its boots',
    async (version) => {
      if (version !== undefined) {
        await engine.open();
        await migrate(engine.db, version);
        await engine.db
          .insertInto('boots')
          .values(bootRow(aBoot({ id: 4 })))
          .execute();
      }
      await engine.open();
      await migrate(engine.db);
      expect(await readBoots(engine.db, 9)).toHaveLength(version === undefined ? 0 : 1);
      await writeBoots(engine, [aBoot({ id: 5, mac: MAC })]);
      expect(await readMachines(engine.db, 9)).toHaveLength(1);
    },
  );

  it('leaves the database of a newer version alone', async () => {
    await engine.open();
    await migrate(engine.db);
    await sql`insert into state_versions values ('9999-future', '2030')`.execute(engine.db);
    const later = create();
    await later.open();
    await expect(migrate(later.db)).rejects.toMatchObject({ reason: 'newer' });
    await later.close();
  });
});

describe('state in SQLite', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pxeboot-state-'));
  });

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it('explains a data directory that does not exist', async () => {
    const engine = sqliteEngine({ database: join(directory, 'missing', 'state.db') });
    const error = await engine.open().catch((reason: unknown) => reason);
    await engine.close();
    expect(stateFailure(error)).toMatchObject({
      reason: 'missing',
      fix: 'check that dataDir is an existing directory',
    });
  });

  it('ends its thread after the last answer', async () => {
    const engine = sqliteEngine({ database: join(directory, 'state.db') });
    const opened = engine.open();
    await engine.close();
    await expect(opened).resolves.toEqual({});
  });

  it('makes its file private again when it is opened again', async () => {
    const database = join(directory, 'state.db');
    const engine = sqliteEngine({ database });
    await engine.open();
    await migrate(engine.db);
    // A database that was restored from a backup that others may read has this mode.
    chmodSync(database, 0o644);
    await engine.open();
    await engine.close();
    expect(statSync(database).mode & 0o777).toBe(0o600);
  });

  it('bounds its write-ahead log while another program reads, give or take one transaction', async () => {
    const database = join(directory, 'state.db');
    const engine = sqliteEngine({ database, journal: 'wal' });
    await engine.open();
    await migrate(engine.db);
    const reader = sqliteEngine({ database });
    await reader.open();
    await sql`begin deferred`.execute(reader.db);
    await reader.db.selectFrom('boots').select('id').execute();

    // The largest transactions of the recorder, in any order of their ids.
    const write = (part: number): Promise<number> =>
      writeBoots(
        engine,
        Array.from({ length: 250 }, (_, index) => {
          const id = ((part * 250 + index) * 7919) % 100_003;
          const mac = `52:54:00:00:${(id >> 8).toString(16)}:${(id & 255).toString(16)}`;
          return { ...largeBoot(id, Date.now(), 10_000), mac };
        }),
      );
    let failure: unknown;
    for (let part = 0; failure === undefined && part < 20; part++) {
      failure = await write(part).then(
        () => undefined,
        (error: unknown) => error,
      );
    }
    const log = statSync(`${database}-wal`).size;
    await reader.close();
    await engine.close();
    expect(stateFailure(failure).reason).toBe('locked');
    expect(log).toBeGreaterThan(MAX_LOG_BYTES);
    expect(log).toBeLessThan(MAX_LOG_BYTES + MAX_WRITE_BYTES);
  });
});

describe.each(['wal', 'rollback'] as const)('state in SQLite with the journal %s', (journal) => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pxeboot-state-'));
  });

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it('keeps its lock when it is opened again, so that no other program deletes the log', async () => {
    const database = join(directory, 'state.db');
    const engine = sqliteEngine({ database, journal });
    await engine.open();
    await migrate(engine.db);
    const write = (): Promise<unknown> => writeBoots(engine, [aBoot({ id: 1 })]);
    const lock = await holdLock(database);
    // The recorder opens the database again before each further attempt.
    for (let attempt = 1; attempt <= 2; attempt++) {
      const failure: unknown = await write().catch((error: unknown) => error);
      expect(stateFailure(failure).reason).toBe('locked');
      await engine.open();
    }
    expect(await lock.release()).toBe(0);
    await engine.open();
    await write();
    await engine.close();
    expect(await storedSqliteBoots(database)).toHaveLength(1);
  });

  it('opens and reads an up-to-date database while another program holds its lock', async () => {
    const database = join(directory, 'state.db');
    const first = sqliteEngine({ database, journal });
    await first.open();
    await migrate(first.db);
    await writeBoots(first, [aBoot({ id: 1 })]);
    await first.close();

    const lock = await holdLock(database);
    const engine = sqliteEngine({ database, journal });
    await engine.open();
    await migrate(engine.db);
    expect(await readBoots(engine.db, RETENTION.boots)).toHaveLength(1);
    await engine.close();
    expect(await lock.release()).toBe(0);
  });

  it('commits changes after one that failed because another program held the lock', async () => {
    const database = join(directory, 'state.db');
    const engine = sqliteEngine({ database, journal });
    await engine.open();
    await migrate(engine.db);
    const row = { host: 'web1', version: 1, state: 'armed', install: '{}' };
    await engine.db.insertInto('installs').values(row).execute();
    const change = (state: string): Promise<unknown> =>
      engine.db.updateTable('installs').set({ state }).where('host', '=', 'web1').execute();
    const lock = await holdLock(database);
    const failure: unknown = await change('started').catch((error: unknown) => error);
    expect(stateFailure(failure).reason).toBe('locked');
    expect(await lock.release()).toBe(0);

    await change('installed');
    const other = sqliteEngine({ database, journal });
    await other.open();
    expect(await other.db.selectFrom('installs').select('state').execute()).toEqual([
      { state: 'installed' },
    ]);
    // A transaction that fails would undo changes that were not committed.
    await writeBoots(engine, [aBoot({ id: 1 })]);
    expect(await readBoots(other.db, RETENTION.boots)).toHaveLength(1);
    await other.close();
    await engine.close();
  });

  it('continues after another program has read an old state for too long', async () => {
    const database = join(directory, 'state.db');
    const engine = sqliteEngine({ database, journal });
    await engine.open();
    await migrate(engine.db);
    const reader = sqliteEngine({ database, journal });
    await reader.open();
    await sql`begin deferred`.execute(reader.db);
    await reader.db.selectFrom('boots').select('id').execute();
    const failure = await writeBoots(engine, [aBoot({ id: 1 })]).then(
      () => undefined,
      (error: unknown) => stateFailure(error).reason,
    );
    expect(failure).toBe(journal === 'wal' ? undefined : 'locked');
    await reader.close();
    await writeBoots(engine, [aBoot({ id: 2 })]);
    await engine.close();
    const ids = (await storedSqliteBoots(database)).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([2]));
  });
});

describe('state in SQLite on a copy-on-write file system', () => {
  it('maps no file into memory, even with the log of another journal', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'pxeboot-state-'));
    const database = join(directory, 'state.db');
    const before = sqliteEngine({ database, journal: 'wal' });
    await before.open();
    await migrate(before.db);
    await writeBoots(before, [aBoot({ id: 1 })]);
    // A daemon that was killed leaves its log behind.
    const copy = join(directory, 'copy.db');
    copyFileSync(database, copy);
    copyFileSync(`${database}-wal`, `${copy}-wal`);
    await before.close();

    const engine = sqliteEngine({ database: copy, journal: 'rollback' });
    await engine.open();
    expect(await readBoots(engine.db, RETENTION.boots)).toHaveLength(1);
    await writeBoots(engine, [aBoot({ id: 2 })]);
    const names = readdirSync(directory).filter((name) => name.startsWith('copy.'));
    await engine.close();
    rmSync(directory, { recursive: true });
    expect(names.toSorted()).toEqual(['copy.db', 'copy.db-journal']);
  });

  it('uses a rollback journal', () => {
    const types = { btrfs: 0x9123683e, bcachefs: 0xca451a4e, zfs: 0x2fc12fc1, overlay: 0x794c7630 };
    for (const type of Object.values(types)) {
      expect(journalFor(type)).toBe('rollback');
    }
    const ext4 = 0xef53;
    expect(journalFor(ext4)).toBe('wal');
    // Node.js may return the type as a signed number.
    expect(journalFor(0x9123683e | 0)).toBe('rollback');
  });
});
