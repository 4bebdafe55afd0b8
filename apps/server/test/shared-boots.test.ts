import { getEventListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { type Kysely, sql } from 'kysely';
import pg from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { type BootChange } from '../src/machines/boot-correlator.js';
import { type BootJournal, createBootJournal } from '../src/machines/boot-journal.js';
import { type Sighting } from '../src/machines/sighting.js';
import { createBootMetrics } from '../src/metrics/boot-metrics.js';
import { readBoots } from '../src/state/boot-table.js';
import { openPostgresChannel } from '../src/state/postgres/postgres-channel.js';
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
  /** Events of the daemon's log. */
  readonly logged: string[];
}

/** Another program that may connect to the database, but may not read its tables. */
interface Neighbour extends AsyncDisposable {
  readonly client: pg.Client;
  /** Texts that it has received on the channel for boots. */
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
    daemons = await Promise.all(
      [1_000_000, 2_000_000, 3_000_000].map((firstId) => startDaemon(firstId)),
    );
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

  async function startDaemon(firstId: number, url = postgres.url): Promise<Daemon> {
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
      config: { dataDir: directory, state: { url } },
      isReadOnly: false,
      journal,
      logger: pino({ level: 'info' }, lines),
    });
    return { journal, state, ends, registry, logged };
  }

  /** Runs statements as the owner of the tables. */
  async function asOwner(...statements: readonly string[]): Promise<void> {
    const engine = createPostgresEngine(postgres.url);
    try {
      for (const statement of statements) {
        await sql.raw(statement).execute(engine.db);
      }
    } finally {
      await engine.close();
    }
  }

  function urlOf(role: string): string {
    const url = new URL(postgres.url);
    url.username = role;
    return url.href;
  }

  async function neighbour(): Promise<Neighbour> {
    await asOwner('drop role if exists neighbour', 'create role neighbour login');
    const client = new pg.Client({ connectionString: urlOf('neighbour') });
    const texts: string[] = [];
    client.on('notification', ({ payload = '' }) => {
      texts.push(payload);
    });
    await client.connect();
    await client.query('listen pxeboot_boots');
    return { client, texts, [Symbol.asyncDispose]: () => client.end() };
  }

  /** Waits until updates from each daemon have reached all others. */
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

  it('are completed by a daemon that starts between two requests of a machine', async () => {
    const [one, two] = daemons;
    const engine = createPostgresEngine(postgres.url);
    const stored = async () => {
      const boots = await readBoots(engine.db, 100);
      return boots.find(({ address }) => address === MACHINE);
    };
    one?.journal.see(fetched(MACHINE, '/lpxelinux.0'));
    await expect.poll(async () => (await stored())?.stages.length, PATIENCE).toBe(1);
    two?.journal.see(fetched(MACHINE, KERNEL, { mac: MAC }));
    // The request has reached the other daemons, but not the database.
    await delay(500);
    expect(await stored()).toMatchObject({ stages: [{ name: 'loader' }] });
    const late = await startDaemon(4_000_000);
    try {
      await late.state.tried;
      two?.journal.see(fetched(MACHINE, INITRD, { mac: MAC }));
      await expect.poll(() => bootsOfMachine(late)[0]?.outcome, PATIENCE).toBe('installer');
      expect(bootsOfMachine(late)).toMatchObject([
        { mac: MAC, stages: [{ name: 'loader' }, { name: 'kernel' }, { name: 'initrd' }] },
      ]);
      expect(late.ends.filter(({ isForeign }) => isForeign !== true)).toEqual([]);
      expect(await stored()).toEqual(bootsOfMachine(late)[0]);
    } finally {
      await late.state.close();
      late.journal.close();
      await engine.close();
    }
  });

  it('are exchanged again after an outage of the database', async () => {
    await postgres.stop('immediate');
    await postgres.start();
    await exchangeNews('10.0.2');
    await bootFromEach();
    expect(daemons.map((daemon) => bootsOfMachine(daemon).length)).toEqual([1, 1, 1]);
  });

  it('are neither shown to other programs on the database nor changed by them', async () => {
    await using other = await neighbour();
    await expect(other.client.query('select * from pxeboot_secrets')).rejects.toThrow(
      'permission denied',
    );
    await bootFromEach();
    await expect.poll(() => other.texts.length, PATIENCE).toBeGreaterThan(3);
    const seen = other.texts.splice(0);
    expect(seen.filter((text) => text.includes(MACHINE) || text.includes('linux'))).toEqual([]);

    const before = daemons.map(bootsOfMachine);
    const forged = { bootId: 7, sighting: fetched('10.0.0.66', KERNEL) };
    const texts = [1, 2].map((v) =>
      JSON.stringify({ v, from: 'x', n: 1, at: Date.now(), sightings: [forged] }),
    );
    for (const text of [...texts, ...seen, ...seen.map((one) => one.replace(/^.{4}/, 'AAAA'))]) {
      await other.client.query('select pg_notify($1, $2)', ['pxeboot_boots', text]);
    }
    // What the daemons send now is delivered after the forged texts.
    await exchangeNews('10.0.3');
    expect(daemons.map(bootsOfMachine)).toEqual(before);
    const addresses = daemons.flatMap(({ journal }) => journal.boots().map((boot) => boot.address));
    expect(addresses).not.toContain('10.0.0.66');
  });

  it('are exchanged while another program sends hundreds of texts at once', async () => {
    await using other = await neighbour();
    await other.client.query(
      "select pg_notify('pxeboot_boots', i::text) from generate_series(1, 800) i",
    );
    await expect.poll(() => other.texts.includes('800'), PATIENCE).toBe(true);
    await exchangeNews('10.0.5');
    expect(daemons.flatMap(({ logged }) => logged)).not.toContain('state.flooded');
  });

  it('are protected from a flood that repeats a text from a daemon', async () => {
    await using other = await neighbour();
    const short = (): string | undefined => other.texts.find(({ length }) => length < 1_000);
    await expect.poll(short, PATIENCE).toBeDefined();
    const text = short();
    await other.client.query('unlisten pxeboot_boots');
    await other.client.query(
      "select pg_notify('pxeboot_boots', translate(i::text, '0123456789', '!@#$%^&*()') || $1) from generate_series(1, 50000) i",
      [text],
    );
    await expect
      .poll(() => daemons.map(({ logged }) => logged.includes('state.flooded')), PATIENCE)
      .toEqual([true, true, true]);
  });

  it('are exchanged again after another program floods the channel', async () => {
    await using other = await neighbour();
    await other.client.query('unlisten pxeboot_boots');
    await other.client.query(
      "select pg_notify('pxeboot_boots', 'x' || i) from generate_series(1, 50000) i",
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
  });

  it('leave nothing behind when connections are lost', async () => {
    const listens = vi.spyOn(EventTarget.prototype, 'addEventListener');
    let opened = 0;
    const channel = openPostgresChannel(`${postgres.url}?application_name=lost`, {
      onText: () => true,
      onOpen: () => {
        opened += 1;
      },
      onFlood: () => undefined,
    });
    const engine = createPostgresEngine(postgres.url);
    const signals = (): readonly EventTarget[] =>
      listens.mock.contexts.filter((target) => target instanceof AbortSignal);
    try {
      for (let times = 1; times <= 3; times++) {
        await expect.poll(() => opened, PATIENCE).toBe(times);
        await sql`
          select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'lost' and query like 'listen %'`.execute(engine.db);
      }
      await expect.poll(() => opened, PATIENCE).toBe(4);
      expect(signals()).not.toEqual([]);
      for (const signal of signals()) {
        expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(1);
      }
    } finally {
      listens.mockRestore();
      await channel.close();
      await engine.close();
    }
  });

  it('are stored by a daemon that may not read the key, and exchanged once it may', async () => {
    await asOwner(
      'create role partner login',
      'grant all on all tables in schema public to partner',
      'revoke all on pxeboot_secrets from partner',
    );
    const partner = await startDaemon(4_000_000, urlOf('partner'));
    try {
      await new Promise((resolve) => {
        partner.state.whenOpen(resolve);
      });
      expect(partner.logged.filter((event) => event === 'state.unshared')).toHaveLength(1);
      expect(partner.state.failure).toBeUndefined();
      partner.journal.see(fetched('10.0.6.9', '/lpxelinux.0'));
      const engine = createPostgresEngine(postgres.url);
      await expect
        .poll(async () => (await readBoots(engine.db, 100)).map(({ address }) => address), PATIENCE)
        .toContain('10.0.6.9');
      await engine.close();
      await asOwner('grant all on pxeboot_secrets to partner');
      daemons = [...daemons, partner];
      await exchangeNews('10.0.6');
    } finally {
      daemons = daemons.filter((daemon) => daemon !== partner);
      await partner.state.close();
      partner.journal.close();
      await asOwner('drop owned by partner', 'drop role partner');
    }
  });

  it('are exchanged with a new key after someone has deleted the old one', async () => {
    const keys = async (): Promise<unknown[]> => {
      const engine = createPostgresEngine(postgres.url);
      const rows = await engine.db.selectFrom('pxeboot_secrets').selectAll().execute();
      await engine.close();
      return rows;
    };
    const before = await keys();
    expect(before).toHaveLength(1);
    await asOwner("update pxeboot_secrets set value = 'x'");
    const later = await startDaemon(5_000_000);
    daemons = [...daemons, later];
    await new Promise((resolve) => {
      later.state.whenOpen(resolve);
    });
    expect(later.logged).toContain('state.unshared');
    await asOwner('delete from pxeboot_secrets');
    await exchangeNews('10.0.7');
    const after = await keys();
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);
  });

  it('use connections that do not wait for lists held up by a lock', async () => {
    await using blocker = await neighbour();
    const [daemon] = daemons;
    await asOwner('grant all on machines to neighbour');
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
