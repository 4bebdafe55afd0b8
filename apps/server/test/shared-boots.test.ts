import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { type Kysely, sql } from 'kysely';
import pg from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { type BootChange } from '../src/machines/boot-correlator.js';
import { type BootJournal, createBootJournal } from '../src/machines/boot-journal.js';
import { type Sighting } from '../src/machines/sighting.js';
import { createBootMetrics } from '../src/metrics/boot-metrics.js';
import { readBoots } from '../src/state/boot-table.js';
import { createPostgresEngine } from '../src/state/postgres/postgres-engine.js';
import { startState, type State } from '../src/state/state.js';
import { type StateTables } from '../src/state/tables.js';
import { lacksPostgres, TestPostgres } from './support/postgres.js';

const MAC = '52:54:00:00:00:01';
const MACHINE = '10.0.0.99';
const KERNEL = '/debian/trixie/20250803/amd64/text/linux';
const INITRD = '/debian/trixie/20250803/amd64/text/initrd.gz';

/** Time limit of a wait in milliseconds; long, since the host may be busy. */
const PATIENCE = { timeout: 60_000, interval: 200 };

/** Part of a daemon that records boots. */
interface Daemon {
  readonly journal: BootJournal;
  readonly state: State;
  readonly ends: BootChange[];
  readonly registry: Registry;
  /** Events of its log. */
  readonly logged: string[];
}

/** Another program that may connect to the database, but may not read its tables. */
interface Neighbour extends AsyncDisposable {
  readonly client: pg.Client;
  /** Texts that it has received on the channel of the boots. */
  readonly texts: string[];
}

function fetched(address: string, path: string, identity?: Sighting['identity']): Sighting {
  return {
    at: Date.now(),
    durationMs: 0,
    transport: path.startsWith('/debian/') ? 'http' : 'tftp',
    address,
    path,
    result: 'delivered',
    bytes: 1000,
    identity,
  };
}

describe.runIf(!lacksPostgres())('boots of daemons that share a database', () => {
  let postgres: TestPostgres;
  let directory: string;
  let daemons: readonly Daemon[] = [];

  beforeAll(async () => {
    postgres = await TestPostgres.create();
    directory = mkdtempSync(join(tmpdir(), 'pxeboot-shared-boots-'));
  });

  afterAll(async () => {
    await postgres[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });

  beforeEach(async () => {
    daemons = await Promise.all([1_000_000, 2_000_000, 3_000_000].map(startDaemon));
    await exchangeNews('10.0.1');
  });

  afterEach(async () => {
    for (const { state, journal } of daemons) {
      await state.close();
      journal.close();
    }
    const engine = createPostgresEngine(postgres.url);
    await sql`truncate boots, machines`.execute(engine.db);
    await engine.close();
  });

  async function startDaemon(firstId: number): Promise<Daemon> {
    const journal = createBootJournal({ firstId });
    const ends: BootChange[] = [];
    const registry = new Registry();
    journal.follow(createBootMetrics(registry).bootChanged);
    journal.follow((change) => {
      if (change.type === 'ended') {
        ends.push(change);
      }
    });
    const logged: string[] = [];
    const lines = {
      write: (line: string) => {
        logged.push((JSON.parse(line) as { event: string }).event);
      },
    };
    const state = await startState({
      config: { dataDir: directory, state: { url: postgres.url } },
      isReadOnly: false,
      journal,
      logger: pino({ level: 'info' }, lines),
    });
    return { journal, state, ends, registry, logged };
  }

  async function neighbour(): Promise<Neighbour> {
    const engine = createPostgresEngine(postgres.url);
    await sql`drop role if exists neighbour`.execute(engine.db);
    await sql`create role neighbour login`.execute(engine.db);
    await engine.close();
    const url = new URL(postgres.url);
    url.username = 'neighbour';
    const client = new pg.Client({ connectionString: url.href });
    const texts: string[] = [];
    client.on('notification', ({ payload = '' }) => {
      texts.push(payload);
    });
    await client.connect();
    await client.query('listen pxeboot_boots');
    return { client, texts, [Symbol.asyncDispose]: () => client.end() };
  }

  /** Waits until news of each daemon has reached all others. */
  async function exchangeNews(network: string): Promise<void> {
    const addresses = daemons.map((_, index) => `${network}.${index}`);
    await expect
      .poll(() => {
        for (const [index, { journal }] of daemons.entries()) {
          journal.see(fetched(addresses[index] ?? '', '/lpxelinux.0'));
        }
        return daemons.every(({ journal }) => {
          const known = new Set(journal.boots().map(({ address }) => address));
          return addresses.every((address) => known.has(address));
        });
      }, PATIENCE)
      .toBe(true);
  }

  const bootsOfMachine = ({ journal }: Daemon) =>
    journal.boots().filter(({ address }) => address === MACHINE);

  async function bootFromEach(): Promise<void> {
    const [one, two, three] = daemons;
    one?.journal.see(fetched(MACHINE, '/lpxelinux.0'));
    await delay(10);
    two?.journal.see(fetched(MACHINE, '/pxelinux.cfg/01-52-54-00-00-00-01', { mac: MAC }));
    await delay(10);
    three?.journal.see(fetched(MACHINE, KERNEL));
    await delay(10);
    one?.journal.see(fetched(MACHINE, INITRD));
    await expect
      .poll(() => daemons.map((daemon) => bootsOfMachine(daemon)[0]?.outcome), PATIENCE)
      .toEqual(['installer', 'installer', 'installer']);
  }

  it('are one boot in each journal and in the database if a machine used all of them', async () => {
    await bootFromEach();
    const [boot] = daemons[0] === undefined ? [] : bootsOfMachine(daemons[0]);
    expect(boot).toMatchObject({
      mac: MAC,
      stages: [{ name: 'loader' }, { name: 'menu' }, { name: 'kernel' }, { name: 'initrd' }],
    });
    for (const daemon of daemons) {
      expect(bootsOfMachine(daemon)).toEqual([boot]);
    }
    const ends = daemons.flatMap(({ ends }) => ends.filter(({ boot: { mac } }) => mac === MAC));
    expect(ends.filter(({ isForeign }) => isForeign !== true)).toHaveLength(1);
    const metrics = await Promise.all(daemons.map(({ registry }) => registry.metrics()));
    const counted = (series: RegExp): number =>
      metrics.reduce((sum, text) => sum + Number(series.exec(text)?.[1]), 0);
    expect(counted(/^pxeboot_boots_total\{.*bios.*installer.*\} (\d+)$/m)).toBe(1);
    for (const stage of ['menu', 'kernel', 'initrd']) {
      const series = `^pxeboot_boot_stage_duration_seconds_count\\{.*${stage}.*\\} (\\d+)$`;
      expect(counted(new RegExp(series, 'm'))).toBe(1);
    }
    const engine = createPostgresEngine(postgres.url);
    try {
      await expect
        .poll(async () => {
          const stored = await readBoots(engine.db, 100);
          return stored.filter(({ address }) => address === MACHINE);
        }, PATIENCE)
        .toEqual([boot]);
    } finally {
      await engine.close();
    }
  });

  it('are exchanged again after an outage of the database', { timeout: 120_000 }, async () => {
    await postgres.stop('immediate');
    await postgres.start();
    await exchangeNews('10.0.2');
    await bootFromEach();
    expect(daemons.map((daemon) => bootsOfMachine(daemon).length)).toEqual([1, 1, 1]);
  });

  it('are neither shown to other programs on the database nor changed by them', async () => {
    await using other = await neighbour();
    await expect(other.client.query('select * from secrets')).rejects.toThrow('permission denied');
    await bootFromEach();
    await expect.poll(() => other.texts.length, PATIENCE).toBeGreaterThan(3);
    const seen = other.texts.splice(0);
    expect(seen.filter((text) => text.includes(MACHINE) || text.includes('linux'))).toEqual([]);

    const before = daemons.map(({ journal }) => journal.boots().length);
    const forged = { bootId: 7, sighting: fetched('10.0.0.66', KERNEL) };
    const texts = [1, 2].map((v) =>
      JSON.stringify({ v, from: 'x', n: 1, at: Date.now(), sightings: [forged] }),
    );
    for (const text of [...texts, ...seen, ...seen.map((one) => one.replace(/^.{4}/, 'AAAA'))]) {
      await other.client.query('select pg_notify($1, $2)', ['pxeboot_boots', text]);
    }
    // What the daemons send now is delivered after the forged texts.
    await exchangeNews('10.0.3');
    expect(daemons.map(({ journal }) => journal.boots().length)).toEqual(
      before.map((count) => count + daemons.length),
    );
  });

  it(
    'are exchanged again after another program floods the channel',
    { timeout: 120_000 },
    async () => {
      await using other = await neighbour();
      await other.client.query('unlisten pxeboot_boots');
      await other.client.query(
        "select pg_notify('pxeboot_boots', i || repeat('x', 7000)) from generate_series(1, 20000) i",
      );
      await expect
        .poll(() => daemons.map(({ logged }) => logged), PATIENCE)
        .toEqual([
          expect.arrayContaining(['state.flooded']),
          expect.arrayContaining(['state.flooded']),
          expect.arrayContaining(['state.flooded']),
        ]);
      await exchangeNews('10.0.4');
      await bootFromEach();
    },
  );

  it('are written and read for installations while lists wait for their connection', async () => {
    await using blocker = await neighbour();
    const [daemon] = daemons;
    const engine = createPostgresEngine(postgres.url);
    await sql`grant all on machines to neighbour`.execute(engine.db);
    await engine.close();
    await blocker.client.query('begin; lock table machines in access exclusive mode');
    const lists = [1, 2, 3, 4].map(async () => daemon?.state.history.machines(10));
    const opened = await new Promise<Kysely<StateTables>>((resolve) => {
      daemon?.state.whenOpen(resolve);
    });
    const answers = [1, 2, 3].map(() => sql`select 1 as one`.execute(opened));
    await expect(Promise.all(answers)).resolves.toHaveLength(3);
    await blocker.client.query('rollback');
    await Promise.all(lists);
  });
});
