import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { type Kysely, type KyselyPlugin, type SelectQueryNode, sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { host as hostSchema, type HostSettings } from '../src/config/hosts.js';
import { configSchema } from '../src/config/schema.js';
import { createInstallService, type InstallService } from '../src/installs/install-service.js';
import { preseedTemplate } from '../src/installs/preseed.js';
import { migrate } from '../src/state/migrate.js';
import { createPostgresEngine } from '../src/state/postgres/postgres-engine.js';
import { type StateTables } from '../src/state/tables.js';
import { lacksPostgres, TestPostgres } from './support/postgres.js';

const MAC = '52:54:00:00:00:01';
const MACHINE = '10.0.0.5';
const ORIGIN = 'http://10.0.0.1:8069';

type Read = 'counts' | 'all' | 'changed' | 'one';

/** Installation service of one daemon, with its reads of the database. */
interface Daemon {
  readonly service: InstallService;
  /** Number of reads of change numbers, of all installations, of changed ones, and of a single one. */
  readonly reads: Record<Read, number>;
  /** Delays the results of reads of several installations until the returned function is called. */
  readonly holdReads: () => () => void;
}

describe.runIf(!lacksPostgres())('installations that several daemons share', () => {
  let postgres: TestPostgres;
  const closing: (() => Promise<void> | void)[] = [];

  beforeAll(async () => {
    postgres = await TestPostgres.create();
  });

  // The reads that usually happen every two seconds happen only when a test wants them.
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  });

  afterAll(async () => {
    await postgres[Symbol.asyncDispose]();
  });

  afterEach(async () => {
    vi.useRealTimers();
    const db = await openDatabase();
    await db.deleteFrom('installs').execute();
    await db.deleteFrom('hosts').execute();
    for (const close of closing.splice(0).reverse()) {
      await close();
    }
  });

  async function openDatabase(): Promise<Kysely<StateTables>> {
    const engine = createPostgresEngine(postgres.url);
    await engine.open();
    await migrate(engine.db);
    closing.push(async () => {
      await engine.close();
    });
    return engine.db;
  }

  async function daemon(): Promise<Daemon> {
    const reads: Daemon['reads'] = { counts: 0, all: 0, changed: 0, one: 0 };
    const several = new WeakSet<object>();
    let answered = Promise.resolve();
    const holdReads: Daemon['holdReads'] = () => {
      let release: () => void = () => undefined;
      answered = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    };
    const counter: KyselyPlugin = {
      transformQuery({ node, queryId }) {
        const read = node.kind === 'SelectQueryNode' ? readOf(node) : undefined;
        if (read !== undefined) {
          reads[read] += 1;
          if (read === 'all' || read === 'changed') {
            several.add(queryId);
          }
        }
        return node;
      },
      async transformResult({ result, queryId }) {
        if (several.has(queryId)) {
          await answered;
        }
        return result;
      },
    };
    const { hosts = [], unknown } = configSchema.parse({
      hosts: [{ name: 'web1', match: { mac: MAC }, profile: 'web' }],
    });
    const service = createInstallService({
      settings: {
        hosts,
        unknown,
        templates: new Map([['web', preseedTemplate('d-i x string {{name}}\n')]]),
        entries: ['trixie-amd64-text-auto', 'local'],
        kernelArgs: '',
      },
      logger: { info: () => undefined, warn: () => undefined },
      isShared: true,
    });
    service.use((await openDatabase()).withPlugin(counter));
    closing.push(() => {
      service.close();
    });
    await expect.poll(() => reads.all).toBe(1);
    return { service, reads, holdReads };
  }

  /** Returns the number of statements that wait for a lock. */
  async function waiting(db: Kysely<StateTables>): Promise<number> {
    const { rows } = await sql<{ count: number }>`
      select count(*)::integer as count from pg_stat_activity where wait_event_type = 'Lock'`.execute(
      db,
    );
    return rows[0]?.count ?? 0;
  }

  function readOf({ from, where }: SelectQueryNode): Read | undefined {
    const tables = JSON.stringify(from);
    if (tables.includes('"changes"')) {
      return 'counts';
    }
    if (!tables.includes('"installs"')) {
      return undefined;
    }
    if (where === undefined) {
      return 'all';
    }
    return JSON.stringify(where).includes('"changed"') ? 'changed' : 'one';
  }

  /** Returns the start of a kernel that no daemon knows. */
  function unknownStart(): string {
    return randomBytes(16).toString('hex');
  }

  function hostNamed(name: string): HostSettings {
    return hostSchema.parse({ name, match: { mac: '52:54:00:00:00:02' } });
  }

  /** Arms the host, and returns the tokens in the paths of its kernel and its preseed. */
  async function arm(service: InstallService) {
    await service.install('web1', { retries: 0 }, 'anna');
    const { install } = service.planOf({ mac: MAC, address: MACHINE });
    const [, token = ''] = /\/p\/([^/]+)\//.exec(install?.kernelArgs(ORIGIN) ?? '') ?? [];
    return { start: install?.kernelFolder.slice('/s/'.length) ?? '', token };
  }

  it('read the row of a host, not the whole database, for each request from its installer', async () => {
    const { service, reads } = await daemon();
    const { start, token } = await arm(service);
    Object.assign(reads, { counts: 0, all: 0, changed: 0 });
    expect(await service.start(start, MACHINE)).toBeUndefined();
    const request = { method: 'GET', address: MACHINE, origin: ORIGIN };
    const preseed = await service.answer({ ...request, use: 'p', token, name: 'preseed.cfg' });
    const [, scripts = ''] = /\/i\/([^/]+)\/late/.exec(preseed ?? '') ?? [];
    for (const name of ['early', 'late', 'done']) {
      expect(await service.answer({ ...request, use: 'i', token: scripts, name })).toBeDefined();
    }
    expect(reads).toMatchObject({ counts: 0, all: 0, changed: 0 });
    // One read to arm the host, and one for each request.
    expect(reads.one).toBe(6);
  });

  it('look for changes every half second at most for unknown ids', async () => {
    const { service, reads } = await daemon();
    const began = performance.now();
    const answers: Promise<unknown>[] = [];
    for (let client = 0; performance.now() - began < 1500; client++) {
      answers.push(service.start(unknownStart(), `10.1.${client >> 8}.${client & 255}`));
      const token = randomBytes(32).toString('base64url');
      const address = `10.2.${client >> 8}.${client & 255}`;
      answers.push(
        service.answer({
          use: 'p',
          token,
          name: 'preseed.cfg',
          method: 'GET',
          address,
          origin: ORIGIN,
        }),
      );
      await delay(5);
    }
    await Promise.all(answers);
    expect(answers.length).toBeGreaterThan(50);
    const seconds = (performance.now() - began) / 1000;
    // The first read, an immediate one, and then two a second.
    expect(reads.counts).toBeLessThanOrEqual(2 + seconds * 2);
    expect(reads.all).toBe(1);
  });

  it('are found at once by a daemon that has not read them yet', async () => {
    const [one, other] = [await daemon(), await daemon()];
    await other.service.start(unknownStart(), '10.1.0.1');
    const { start } = await arm(one.service);
    expect(await other.service.start(start, MACHINE)).toBeUndefined();
  });

  it('are not searched on behalf of an address that guesses ids, which can still start known ones', async () => {
    const [one, other] = [await daemon(), await daemon()];
    const guesses = Array.from({ length: 20 }, () => other.service.start(unknownStart(), MACHINE));
    await Promise.all(guesses);
    const { start } = await arm(one.service);
    expect(await other.service.start(start, MACHINE)).toBe('there is no such installation');
    vi.advanceTimersByTime(2000);
    await expect.poll(() => other.service.hosts()[0]?.install?.state).toBe('armed');
    expect(await other.service.start(start, MACHINE)).toBeUndefined();
  });

  it('keep a change that is made while an older state is read', async () => {
    const { service, reads, holdReads } = await daemon();
    const { start } = await arm(service);
    const release = holdReads();
    vi.advanceTimersByTime(2000);
    await expect.poll(() => reads.changed).toBe(1);
    // By now the read has got its result, which the test still holds back.
    await delay(200);
    await service.start(start, MACHINE);
    release();
    await delay(200);
    expect(service.hosts()[0]?.install?.state).toBe('started');
  });

  it('are read again only if they changed, and then only those', async () => {
    const [one, other] = [await daemon(), await daemon()];
    const db = await openDatabase();
    const poll = async (): Promise<void> => {
      const { counts } = other.reads;
      vi.advanceTimersByTime(2000);
      await expect.poll(() => other.reads.counts).toBe(counts + 1);
    };
    await poll();
    const { start } = await arm(one.service);
    await poll();
    await expect.poll(() => other.service.hosts()[0]?.install?.state).toBe('armed');
    await one.service.start(start, MACHINE);
    await poll();
    await expect.poll(() => other.service.hosts()[0]?.install?.state).toBe('started');
    await poll();
    expect(other.reads).toMatchObject({ all: 1, changed: 2 });

    // Removals and other programs' changes are noticed, too.
    await db.deleteFrom('installs').execute();
    await poll();
    await expect.poll(() => other.service.hosts()[0]?.install).toBeUndefined();
    await one.service.add(hostNamed('web2'), 'anna');
    await poll();
    await expect.poll(() => other.service.hosts().map(({ host }) => host.name)).toContain('web2');
    await one.service.remove('web2', 'anna');
    await poll();
    await expect.poll(() => other.service.hosts()).toHaveLength(1);
    expect(other.reads).toMatchObject({ all: 2, changed: 2 });
  });

  it('are not missed if changes do not end in the order in which they began', async () => {
    const { service: one } = await daemon();
    const other = await daemon();
    await one.add(hostNamed('web2'), 'anna');
    await arm(one);
    const db = await openDatabase();
    const setState = (host: string) => (connection: Kysely<StateTables>) =>
      sql`update installs set version = version + 1, install = replace(install, '"armed"', '"cancelled"')
        where host = ${host}`.execute(connection);
    await one.install('web2', { profile: 'web', retries: 0 }, 'anna');
    vi.advanceTimersByTime(2000);
    await expect
      .poll(() => other.service.hosts().map(({ install }) => install?.state))
      .toEqual(['armed', 'armed']);

    const otherDb = await openDatabase();
    let second: Promise<unknown> = Promise.resolve();
    await db.transaction().execute(async (transaction) => {
      await setState('web1')(transaction);
      let isDone = false;
      second = setState('web2')(otherDb).then(() => {
        isDone = true;
      });
      // The database makes the second change wait for the transaction, so that change numbers become visible in order.
      await expect.poll(async () => isDone || (await waiting(transaction)) > 0).toBe(true);
      const { counts } = other.reads;
      vi.advanceTimersByTime(2000);
      await expect.poll(() => other.reads.counts).toBeGreaterThan(counts);
      await other.service.start(unknownStart(), MACHINE);
    });
    await second;
    vi.advanceTimersByTime(2000);
    await expect
      .poll(() => other.service.hosts().map(({ install }) => install?.state))
      .toEqual(['cancelled', 'cancelled']);
  });
});
