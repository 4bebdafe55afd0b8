import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { sql } from 'kysely';
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
    const state = await startState({
      config: { dataDir: directory, state: { url: postgres.url } },
      isReadOnly: false,
      journal,
      logger: pino({ level: 'silent' }),
    });
    return { journal, state, ends, registry };
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
});
