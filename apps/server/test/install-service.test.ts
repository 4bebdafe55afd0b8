import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { configSchema } from '../src/config/schema.js';
import { EXPIRES_AFTER_MS } from '../src/hosts/install.js';
import { UNKNOWN_BOUNDS } from '../src/installs/install-retention.js';
import {
  createInstallService,
  type InstallReport,
  type InstallService,
} from '../src/installs/install-service.js';
import { issueToken } from '../src/installs/install-token.js';
import { preseedTemplate, type PreseedTemplate, typedTemplate } from '../src/installs/preseed.js';
import { preseedTemplates } from '../src/installs/profiles.js';
import { migrate } from '../src/state/migrate.js';
import { createPostgresEngine } from '../src/state/postgres/postgres-engine.js';
import { type StateEngine } from '../src/state/state-engine.js';
import { holdLock } from './support/database-lock.js';
import { lacksPostgres, TestPostgres } from './support/postgres.js';
import { sqliteEngine } from './support/state-engines.js';

const MAC = '52:54:00:00:00:01';
const OTHER = '52:54:00:00:00:02';
/** Host that is added and removed to wait for the database. */
const PROBE = 'probe';
const ORIGIN = 'http://10.0.0.1:8069';
const MACHINE = '10.0.0.5';

const templates = new Map([['web', preseedTemplate('d-i x string {{name}} {{password}}\n')]]);

function settingsOf(yaml: object) {
  const { hosts = [], unknown } = configSchema.parse(yaml);
  return {
    hosts,
    unknown,
    templates,
    entries: ['trixie-amd64-text-auto', 'local'],
    kernelArgs: '',
  };
}

const WEB1 = {
  name: 'web1',
  match: { mac: MAC },
  profile: 'web',
  variables: { password: 'secret' },
};

/** Returns what the menu of a machine boots, its title, and the tokens for its kernel and its preseed. */
function menuOf(service: InstallService, mac = MAC) {
  const { boot, install, title } = service.planOf({ mac, address: MACHINE });
  const [, token = ''] = /\/p\/([^/]+)\//.exec(install?.kernelArgs(ORIGIN) ?? '') ?? [];
  return { boot, title, start: install?.kernelFolder.slice('/s/'.length) ?? '', token };
}

/** Maximum number of offers to unknown machines. */
const OFFERED = 100;

/** Returns one of 65,536 MAC addresses. */
function madeUpMac(number: number): string {
  return `52:54:01:00:${number.toString(16).padStart(4, '0').replace(/..$/, ':$&')}`;
}

const ENGINES = [
  { name: 'SQLite', isShared: false },
  ...(lacksPostgres() ? [] : [{ name: 'PostgreSQL', isShared: true }]),
];

describe.each(ENGINES)('installations in $name', ({ isShared }) => {
  let directory: string;
  let postgres: TestPostgres | undefined;
  let time: number;
  const closing: (() => Promise<void> | void)[] = [];
  const log: string[] = [];
  /** Events whose lines the limits suppress. */
  const suppressed = new Set<string>();
  const reports: InstallReport[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'pxeboot-installs-'));
    postgres = isShared ? await TestPostgres.create() : undefined;
  });

  afterAll(async () => {
    await postgres?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  });

  beforeEach(() => {
    time = Date.now();
    log.length = 0;
    suppressed.clear();
    reports.length = 0;
  });

  afterEach(async () => {
    const engine = await open();
    await engine.db.deleteFrom('installs').execute();
    await engine.db.deleteFrom('hosts').execute();
    for (const close of closing.splice(0).reverse()) {
      await close();
    }
  });

  async function open(): Promise<StateEngine> {
    const engine = postgres
      ? createPostgresEngine(postgres.url)
      : sqliteEngine({ database: join(directory, 'state.db') });
    await engine.open();
    await migrate(engine.db);
    closing.push(async () => {
      await engine.close();
    });
    return engine;
  }

  /** Creates the installation service of one daemon. */
  async function daemon(
    yaml: object = { hosts: [WEB1] },
    unknownBounds = { ...UNKNOWN_BOUNDS, offered: OFFERED },
  ): Promise<InstallService> {
    const note = (_line: object, message?: string): void => {
      if (message?.startsWith(PROBE) === false) {
        log.push(message);
      }
    };
    const service = createInstallService({
      settings: settingsOf(yaml),
      logger: { info: note, warn: note } as never,
      admitsLine: (event) => !suppressed.has(event),
      isShared,
      onReport: (report) => {
        reports.push(report);
      },
      unknownBounds,
      now: () => time,
    });
    service.use((await open()).db);
    closing.push(() => {
      service.close();
    });
    // Adding a host reads the database, after the first read.
    // Several daemons may do so at once.
    const name = `${PROBE}${closing.length}`;
    await service.add({ name, match: { ip: '192.0.2.255' }, boot: 'menu' }, 'test');
    await service.remove(name, 'test');
    return service;
  }

  /** Locks the table of installations in another program; returns the function that ends the lock. */
  async function lockInstalls(): Promise<() => Promise<void>> {
    if (postgres === undefined) {
      const lock = await holdLock(join(directory, 'state.db'));
      return async () => {
        expect(await lock.release()).toBe(0);
      };
    }
    const other = new pg.Client(postgres.url);
    await other.connect();
    await other.query('begin; lock table installs');
    return () => other.end();
  }

  function get(
    service: InstallService,
    use: 'p' | 'i',
    token: string,
    name: string,
    address = MACHINE,
  ) {
    return service.answer({ use, token, name, method: 'GET', address, origin: ORIGIN });
  }

  /** Returns a token of an installation that does not exist. */
  function unknownToken(): string {
    return issueToken('p', { id: randomBytes(8).toString('hex'), key: '00'.repeat(32) }, 0);
  }

  /** Returns the token of the scripts in a preseed. */
  function scriptToken(preseed: string | undefined): string {
    return /\/i\/([^/]+)\/late/.exec(preseed ?? '')?.[1] ?? '';
  }

  it('log a line when they refuse a preseed, unless there are too many', async () => {
    const service = await daemon();
    await service.install('web1', { retries: 0 }, 'anna');
    const { token } = menuOf(service);
    expect(await get(service, 'p', token, 'preseed.cfg')).toBeUndefined();
    const refused = `web1: refused to send the preseed to ${MACHINE}: the installation is armed`;
    expect(log.filter((line) => line === refused)).toHaveLength(1);

    suppressed.add('install.preseed-refused');
    expect(await get(service, 'p', token, 'preseed.cfg')).toBeUndefined();
    expect(log.filter((line) => line === refused)).toHaveLength(1);
  });

  it('do not start while the previous record is unreadable, until a new install command replaces it', async () => {
    const { db } = await open();
    const row = { host: 'web1', version: 7, state: 'installed', install: '{' };
    await db.insertInto('installs').values(row).execute();
    const service = await daemon({ hosts: [{ ...WEB1, boot: 'install' }] });
    const { start } = menuOf(service);
    expect(await service.start(start, MACHINE)).toBe('too many other changes at the same time');

    await service.install('web1', { retries: 0 }, 'anna');
    expect(await service.start(menuOf(service).start, MACHINE)).toBeUndefined();
    const stored = await db.selectFrom('installs').select(['version', 'state']).execute();
    expect(stored).toEqual([{ version: 9, state: 'started' }]);
    expect(log).toContain(
      'web1: the record of the last installation could not be read, and was replaced',
    );
  });

  const newer = { id: '00'.repeat(8), state: 'paused', steps: [] };
  it.each([
    ['in an unknown state', { state: 'paused', install: '{' }],
    ['in a form that it does not know', { state: 'started', install: JSON.stringify(newer) }],
  ])('do not replace the record of a newer version %s', async (_name, fields) => {
    const { db } = await open();
    const row = { host: 'web1', version: 7, ...fields };
    await db.insertInto('installs').values(row).execute();
    const service = await daemon();
    await expect(service.install('web1', { retries: 0 }, 'anna')).rejects.toThrow(
      /newer version of pxeboot has written the installation of web1/,
    );
    const stored = await db
      .selectFrom('installs')
      .select(['host', 'version', 'state', 'install'])
      .execute();
    expect(stored).toEqual([row]);
    expect(log).toContainEqual(expect.stringContaining('newer version of pxeboot'));
  });

  it('install once, although the report of the end is lost and the machine is switched on twice more', async () => {
    const service = await daemon();
    await service.install('web1', { retries: 0 }, 'anna');
    // The menu program fetches the menu twice, and people who look at the menu fetch it, too.
    menuOf(service);
    const { start, token } = menuOf(service);
    expect(await service.start(start, MACHINE)).toBeUndefined();
    expect(await get(service, 'p', token, 'preseed.cfg')).toContain('d-i x string web1 secret\n');
    for (let boot = 0; boot < 2; boot++) {
      const menu = menuOf(service);
      expect(menu).toMatchObject({ boot: 'menu', start: '' });
      expect(menu.title).toBe('web1: the installation did not finish; it is not repeated');
      expect(await service.start(start.slice(0, 16) + '0'.repeat(16), MACHINE)).toMatch(
        /not start again/,
      );
      time += 40 * 60_000;
    }
  });

  it('make the machine boot its local disk once they have ended', async () => {
    const service = await daemon();
    await service.install('web1', { retries: 0 }, 'anna');
    const { start, token } = menuOf(service);
    await service.start(start, MACHINE);
    const scripts = scriptToken(await get(service, 'p', token, 'preseed.cfg'));
    expect(await get(service, 'i', scripts, 'early')).toBe(':\n');
    expect(await get(service, 'i', scripts, 'late')).toContain('/done');
    expect(await get(service, 'i', scripts, 'done')).toBe('ok\n');
    expect(menuOf(service).boot).toBe('local');
    expect(service.hosts()[0]?.install?.state).toBe('installed');
    expect((await service.cancel('web1', 'anna')).state).toBe('cancelled');
    expect(menuOf(service).boot).toBe('menu');
  });

  it('answer an installer that repeats a request on many connections, and store that once a second', async () => {
    const service = await daemon();
    await service.install('web1', { retries: 0 }, 'anna');
    const { start, token } = menuOf(service);
    await service.start(start, MACHINE);
    const scripts = scriptToken(await get(service, 'p', token, 'preseed.cfg'));
    const { db } = await open();
    const version = async (): Promise<number> =>
      Number((await db.selectFrom('installs').select('version').executeTakeFirst())?.version);
    const before = await version();
    time += 1000;
    const requests = Array.from({ length: 50 }, () => get(service, 'i', scripts, 'early'));
    expect(new Set(await Promise.all(requests))).toEqual(new Set([':\n']));
    expect(await version()).toBe(before + 1);
  });

  it('survive a restart, however the name of the host is written', async () => {
    const yaml = { hosts: [{ ...WEB1, name: 'Web1' }] };
    const service = await daemon(yaml);
    await service.install('WEB1', { retries: 0 }, 'anna');
    expect(menuOf(service).boot).toBe('install');
    service.close();
    const later = await daemon(yaml);
    expect(menuOf(later).boot).toBe('install');
    await later.cancel('web1', 'anna');
    await later.install('web1', { retries: 0 }, 'anna');
    expect(menuOf(later).boot).toBe('install');
  });

  it('survive a restart, in every state', async () => {
    const first = await daemon();
    await first.install('web1', { retries: 0 }, 'anna');
    const { start, token } = menuOf(first);
    const second = await daemon();
    expect(menuOf(second).boot).toBe('install');
    expect(await second.start(start, MACHINE)).toBeUndefined();
    expect(await get(second, 'p', token, 'preseed.cfg')).toBeDefined();
    const third = await daemon();
    expect(menuOf(third).boot).toBe('menu');
  });

  it('arm a machine and send its preseed, after 2106 as well', async () => {
    time = Date.parse('2107-01-01');
    const service = await daemon();
    await service.install('web1', { retries: 0 }, 'anna');
    const { start, token } = menuOf(service);
    await service.start(start, MACHINE);
    expect(await get(service, 'p', token, 'preseed.cfg')).toBeDefined();
    time += 16 * 60_000;
    expect(
      await get(
        service,
        'p',
        issueToken('p', service.hosts()[0]!.install!, time - 16 * 60_000),
        'preseed.cfg',
      ),
    ).toBeUndefined();
  });

  it('refuse wrong, old, foreign and reused tokens alike, and HEAD', async () => {
    const service = await daemon({
      hosts: [WEB1, { ...WEB1, name: 'web2', match: { mac: OTHER } }],
    });
    await service.install('web1', { retries: 0 }, 'anna');
    await service.install('web2', { retries: 0 }, 'anna');
    const [one, two] = [menuOf(service), menuOf(service, OTHER)];
    const { install } = service.hosts()[0]!;
    await service.start(one.start, MACHINE);
    await service.start(two.start, '10.0.0.6');
    const head = { use: 'p', token: one.token, name: 'preseed.cfg', method: 'HEAD' } as const;
    expect(await service.answer({ ...head, address: MACHINE, origin: ORIGIN })).toBeUndefined();
    const wrong = [
      issueToken('p', { id: install!.id, key: '00'.repeat(32) }, time),
      issueToken('i', install!, time),
      issueToken('p', install!, time - 16 * 60_000),
      `${one.token.startsWith('A') ? 'B' : 'A'}${one.token.slice(1)}`,
      'x'.repeat(43),
      '',
    ];
    for (const token of wrong) {
      expect(await get(service, 'p', token, 'preseed.cfg')).toBeUndefined();
    }
    expect(await get(service, 'p', one.token, 'other')).toBeUndefined();
    const preseed = await get(service, 'p', one.token, 'preseed.cfg');
    const scripts = scriptToken(preseed);
    expect(preseed).toBeDefined();
    expect(await get(service, 'p', one.token, 'preseed.cfg')).toBeDefined();
    expect(await get(service, 'p', one.token, 'preseed.cfg', '10.0.0.6')).toBeUndefined();
    expect(await get(service, 'p', issueToken('p', install!, time), 'preseed.cfg')).toBeUndefined();
    // The report from another address, with the token of the preseed, and with an unknown name.
    expect(await get(service, 'i', scripts, 'done', '10.0.0.6')).toBeUndefined();
    expect(await get(service, 'i', one.token, 'done')).toBeUndefined();
    expect(await get(service, 'i', scripts, 'x')).toBeUndefined();
    expect(service.hosts().map((host) => host.install?.state)).toEqual(['started', 'started']);
    time += 11 * 60_000;
    expect(await get(service, 'p', one.token, 'preseed.cfg')).toBeUndefined();
  });

  it.each([
    ['address', MACHINE, MACHINE],
    ['/64', '2001:db8::1', '2001:db8::ffff'],
  ])(
    'answer a machine although someone in its %s guesses tokens',
    async (_title, guesser, machine) => {
      const service = await daemon();
      await service.install('web1', { retries: 0 }, 'anna');
      const { start, token } = menuOf(service);
      await service.start(start, machine);
      // All at once, since a daemon searches a shared database for unknown ids only every half second.
      const guesses = Array.from({ length: 40 }, () =>
        get(service, 'p', unknownToken(), 'preseed.cfg', guesser),
      );
      expect(await Promise.all(guesses)).toEqual(guesses.map(() => undefined));
      expect(await get(service, 'p', token, 'preseed.cfg', machine)).toBeDefined();
    },
  );

  it('are cancelled when the host leaves the configuration', async () => {
    const service = await daemon();
    await service.install('web1', { retries: 0 }, 'anna');
    const { start } = menuOf(service);
    service.configure(settingsOf({}));
    await expect.poll(() => log.join()).toContain('cancelled (the host was removed)');
    service.configure(settingsOf({ hosts: [WEB1] }));
    expect(menuOf(service).boot).toBe('menu');
    expect(await service.start(start, MACHINE)).toMatch(/cancelled/);
  });

  it('stay as they are when a configuration of 1,000 hosts is reloaded in another order', async () => {
    const yaml = {
      hosts: Array.from({ length: 1_000 }, (_, index) => ({
        ...WEB1,
        name: `web${index}`,
        match: {
          mac: `52:54:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`,
        },
      })),
    };
    const service = await daemon(yaml);
    const armed = ['web1', 'web500', 'web999'];
    for (const name of armed) {
      await service.install(name, { retries: 0 }, 'anna');
    }
    const { start } = menuOf(service);
    await service.start(start, MACHINE);
    const states = (): string[] =>
      service
        .hosts()
        .flatMap(({ host, install }) =>
          install === undefined ? [] : [`${host.name} ${install.state} ${install.id}`],
        );
    const before = states();
    expect(before.map((state) => state.split(' ')[1])).toEqual(['started', 'armed', 'armed']);
    service.configure(settingsOf({ hosts: yaml.hosts.toReversed() }));
    expect(states()).toEqual(before.toReversed());
    expect(menuOf(service, '52:54:00:00:03:e7').boot).toBe('install');
    expect(menuOf(service, '52:54:00:00:03:e6').boot).toBe('menu');
    // Only the host that is gone is cancelled.
    service.configure(settingsOf({ hosts: yaml.hosts.filter(({ name }) => name !== 'web500') }));
    await expect
      .poll(() => log)
      .toContain('web500: the installation was cancelled (the host was removed), by pxeboot.yaml');
    expect(states()).toEqual([before[0], before[2]]);
  });

  it('expire after a day', async () => {
    const service = await daemon();
    await service.install('web1', { retries: 0 }, 'anna');
    const { start } = menuOf(service);
    time += EXPIRES_AFTER_MS;
    expect(menuOf(service).boot).toBe('menu');
    expect(await service.start(start, MACHINE)).toMatch(/expired/);
  });

  it('are refused without a profile, its variables, or while one is in progress', async () => {
    const { profile: _profile, ...bare } = WEB1;
    const { variables: _variables, ...poor } = WEB1;
    const hosts = [WEB1, { ...bare, name: 'web2', match: { mac: OTHER } }];
    const service = await daemon({
      hosts: [...hosts, { ...poor, name: 'web3', match: { ip: '10.0.0.9' } }],
    });
    const install = (name: string, profile?: string) =>
      service.install(name, { profile, retries: 0 }, 'anna');
    await expect(install('web2')).rejects.toThrow('web2 has no profile');
    await expect(install('web2', 'db')).rejects.toThrow('unknown profile db');
    await expect(install('web3')).rejects.toThrow('needs the variables password');
    await expect(install('web9')).rejects.toMatchObject({ code: 'not-found' });
    await install('web1');
    await expect(install('web1')).rejects.toThrow('already armed');
  });

  it('begin by themselves only where the configuration says so, and once', async () => {
    const service = await daemon({
      hosts: [{ ...WEB1, boot: 'install' }],
      unknown: { boot: 'install', profile: 'web' },
    });
    for (const mac of [MAC, OTHER]) {
      const { boot, start, token } = menuOf(service, mac);
      expect(boot).toBe('install');
      expect(await service.start(start, MACHINE)).toBeUndefined();
      expect(await get(service, 'p', token, 'preseed.cfg')).toContain('d-i x string');
      expect(menuOf(service, mac).boot).toBe('menu');
    }
    expect(service.planOf({ address: MACHINE }).boot).toBe('menu');
  });

  it('are offered to a host for as long as it needs, however many unknown machines fetch menus', async () => {
    const service = await daemon({
      hosts: [{ ...WEB1, boot: 'install' }],
      unknown: { boot: 'install', profile: 'web' },
    });
    const { start } = menuOf(service);
    for (let number = 0; number < 2 * OFFERED; number++) {
      service.planOf({ mac: madeUpMac(number), address: MACHINE });
    }
    expect(await service.start(start, MACHINE)).toBeUndefined();
  });

  it('of any number of unknown machines render and read a preseed only once, even with their names and addresses', async () => {
    let renderings = 0;
    let reads = 0;
    const template: PreseedTemplate = {
      variables: ['name', 'address'],
      needsPassphrase: false,
      render({ name, address }) {
        renderings += 1;
        const get = (): string => {
          reads += 1;
          return [
            'd-i debian-installer/locale string de_DE.UTF-8',
            `d-i netcfg/get_ipaddress string ${address}`,
            `d-i netcfg/choose_interface select ${name}`,
          ].join('\n');
        };
        return Object.defineProperty(
          { text: '', early: '', late: '', warnings: [], whole: '' },
          'whole',
          { get },
        );
      },
    };
    const settings = settingsOf({ unknown: { boot: 'install', profile: 'web' } });
    const service = await daemon();
    service.configure({ ...settings, templates: new Map([['web', template]]) });
    expect(menuOf(service, OTHER).boot).toBe('install');
    const before = { renderings, reads };
    for (let number = 0; number < 1000; number++) {
      const mac = madeUpMac(number);
      const address = `10.1.${number >> 8}.${number & 255}`;
      const args = service.planOf({ mac, address }).install?.kernelArgs(ORIGIN).split(' ');
      expect(args).toEqual(
        expect.arrayContaining([
          'locale=de_DE.UTF-8',
          `netcfg/get_ipaddress=${address}`,
          `interface=${mac}`,
        ]),
      );
    }
    expect({ renderings, reads }).toEqual(before);
  });

  it('of any number of unknown machines try only once to render a preseed with errors', async () => {
    let renderings = 0;
    const faulty = typedTemplate({ timezone: '{{name}}' }, undefined);
    const template: PreseedTemplate = {
      ...faulty,
      render(values) {
        renderings += 1;
        return faulty.render(values);
      },
    };
    const settings = settingsOf({ unknown: { boot: 'install', profile: 'web' } });
    const service = await daemon();
    service.configure({ ...settings, templates: new Map([['web', template]]) });
    expect(menuOf(service, OTHER).title).toContain(`${OTHER}: the profile web has errors`);
    expect(log).toContainEqual(expect.stringContaining(`${OTHER}: the profile cannot be rendered`));
    const before = renderings;
    for (let number = 0; number < 1000; number++) {
      expect(menuOf(service, madeUpMac(number)).boot).toBe('menu');
    }
    expect(renderings).toBe(before);
  });

  it('of a thousand hosts render the preseed of each only once, in whatever order their menus are requested', async () => {
    let renderings = 0;
    const text = preseedTemplate('d-i netcfg/get_hostname string {{name}}\n');
    const template: PreseedTemplate = {
      ...text,
      render(values) {
        renderings += 1;
        return text.render(values);
      },
    };
    const hosts = Array.from({ length: 1000 }, (_none, number) => ({
      ...{ name: `h${number}`, match: { mac: madeUpMac(number) }, boot: 'install', profile: 'web' },
    }));
    const service = await daemon();
    service.configure({ ...settingsOf({ hosts }), templates: new Map([['web', template]]) });
    const requestAll = (): void => {
      for (const { name, match } of hosts) {
        const { install } = service.planOf({ ...match, address: MACHINE });
        expect(install?.kernelArgs(ORIGIN)).toContain(` hostname=${name}`);
      }
    };
    requestAll();
    const before = renderings;
    requestAll();
    expect(renderings).toBe(before);
  });

  it('are previewed with placeholders for their secrets, which does not count as an offer', async () => {
    const service = await daemon({
      hosts: [WEB1],
      unknown: { boot: 'install', profile: 'web' },
    });
    await service.install('web1', { retries: 0 }, 'anna');
    const { boot, install } = service.preview({ mac: MAC });
    expect(boot).toBe('install');
    expect(install?.kernelFolder).toBe('/s/START');
    expect(install?.kernelArgs(ORIGIN)).toContain(`url=${ORIGIN}/p/TOKEN/preseed.cfg`);
    expect(service.hosts()[0]?.install?.state).toBe('armed');

    const { start } = menuOf(service, OTHER);
    for (let number = 0; number <= OFFERED; number++) {
      expect(service.preview({ mac: madeUpMac(number) }).boot).toBe('install');
    }
    // If previews counted as offers, they would have displaced this one.
    expect(await service.start(start, MACHINE)).toBeUndefined();
  });

  it('of hosts added at run time work, and end with them', async () => {
    const service = await daemon({});
    const { hosts = [] } = configSchema.parse({ hosts: [WEB1] });
    await service.add(hosts[0]!, 'anna');
    await expect(service.add(hosts[0]!, 'anna')).rejects.toMatchObject({ code: 'conflict' });
    const { boot: _boot, ...host } = hosts[0]!;
    const other = { ...host, name: 'web2', match: { mac: OTHER } };
    await expect(service.add({ ...other, boot: 'install' }, 'anna')).rejects.toMatchObject({
      code: 'invalid',
    });
    await expect(service.add({ ...other, boot: 'x' }, 'anna')).rejects.toThrow('unknown entry x');
    await expect(service.add({ ...other, boot: 'menu', profile: 'x' }, 'anna')).rejects.toThrow(
      'unknown profile x',
    );
    await service.install('WEB1', { retries: 0 }, 'anna');
    expect(menuOf(await daemon({})).boot).toBe('install');
    await service.remove('web1', 'bert');
    expect(service.hosts()).toEqual([]);
    expect(log.join()).toContain('cancelled (the host was removed), by bert');
    const configured = await daemon();
    await expect(configured.remove('web1', 'bert')).rejects.toThrow('is in pxeboot.yaml');
  });

  it('are refused if the preseed has errors, and return what it leaves open', async () => {
    const service = await daemon();
    service.configure({
      ...settingsOf({ hosts: [WEB1] }),
      templates: new Map([['web', preseedTemplate('d-i {{name}}\n{{password}}')]]),
    });
    await expect(service.install('web1', { retries: 0 }, 'anna')).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/^preseed of web1:1:1: error: the installer stops/) as unknown,
    });
    service.configure(settingsOf({ hosts: [WEB1] }));
    const { findings, passphrase } = await service.install('web1', { retries: 0 }, 'anna');
    expect(findings.map(({ message }) => message).join()).toContain('asks "partman-auto/method"');
    expect(passphrase).toBeUndefined();
  });

  it('begin by themselves only with a preseed without errors', async () => {
    const service = await daemon({ hosts: [{ ...WEB1, boot: 'install' }] });
    expect(menuOf(service).boot).toBe('install');
    service.configure({
      ...settingsOf({ hosts: [{ ...WEB1, boot: 'install' }] }),
      templates: new Map([['web', preseedTemplate('d-i {{name}}\n{{password}}')]]),
    });
    expect(menuOf(service)).toMatchObject({
      boot: 'menu',
      title: 'web1: the preseed has errors; see pxeboot preseed check',
    });
    expect(log.join()).toContain('preseed of web1:1:1: error: the installer stops');
  });

  it('make a passphrase, return it once and forget it at the end', async () => {
    const user = { name: '{{user}}', sshKeys: [`ssh-ed25519 ${'A'.repeat(68)}`] };
    const profiles = { web: { disk: { method: 'crypto' }, user, domain: '{{domain}}' } };
    const web = { ...WEB1, name: 'web1.example.com', variables: { user: 'ada' } };
    const settings = {
      ...settingsOf({ hosts: [web] }),
      templates: await preseedTemplates(configSchema.parse({ hosts: [web], profiles })),
    };
    const service = await daemon();
    service.configure(settings);
    const { passphrase = '' } = await service.install(web.name, { retries: 0 }, 'anna');
    expect(passphrase).toMatch(/^(?:[a-z2-9]{5}-){3}[a-z2-9]{5}$/);
    const args = service.planOf({ mac: MAC, address: MACHINE }).install?.kernelArgs(ORIGIN);
    expect(args).toMatch(
      /preseed\.cfg locale=en_US\.UTF-8 keymap=us interface=auto hostname=web1 domain=example\.com netcfg\/hostname=web1$/,
    );
    expect(args).not.toContain(passphrase);
    const { start, token } = menuOf(service);
    await service.start(start, MACHINE);
    const text = await get(service, 'p', token, 'preseed.cfg');
    expect(text).toContain(`d-i partman-crypto/passphrase password ${passphrase}\n`);
    const scripts = scriptToken(text);
    expect(await get(service, 'i', scripts, 'late')).toContain('/home/ada/.ssh/authorized_keys');
    expect(service.hosts()[0]?.install?.passphrase).toBe(passphrase);
    await get(service, 'i', scripts, 'done');
    expect(service.hosts()[0]?.install).toMatchObject({ state: 'installed' });
    expect(service.hosts()[0]?.install).not.toHaveProperty('passphrase');
    expect(log.join()).not.toContain(passphrase);
  });

  it('hand out no preseed that a new configuration has broken', async () => {
    const profile = { user: { name: '{{user}}', sshKeys: [`ssh-ed25519 ${'A'.repeat(68)}`] } };
    const web = { ...WEB1, variables: { user: 'ada' } };
    const templates = new Map([['web', typedTemplate(profile, undefined)]]);
    const service = await daemon();
    service.configure({ ...settingsOf({ hosts: [web] }), templates });
    await service.install('web1', { retries: 0 }, 'anna');
    const { start, token } = menuOf(service);
    await service.start(start, MACHINE);
    const bad = { ...WEB1, variables: { user: 'root' } };
    service.configure({ ...settingsOf({ hosts: [bad] }), templates });
    expect(await get(service, 'p', token, 'preseed.cfg')).toBeUndefined();
    expect(menuOf(service).title).toBe('web1: the profile web has errors');
    expect(log.join()).toContain('user.name: expected a login name');
    service.configure({ ...settingsOf({ hosts: [web] }), templates });
    expect(await get(service, 'p', token, 'preseed.cfg')).toContain('username string ada');
  });

  it('report each sign of life with the address that the machine booted from', async () => {
    const service = await daemon();
    await service.install('web1', { retries: 0 }, 'anna');
    const { start, token } = menuOf(service);
    await service.start(start, MACHINE);
    const installer = '10.0.0.77';
    const scripts = scriptToken(await get(service, 'p', token, 'preseed.cfg', installer));
    for (const name of ['early', 'late', 'done']) {
      await get(service, 'i', scripts, name, installer);
    }
    await get(service, 'i', scripts, 'done', '10.0.0.78');
    expect(reports.map(({ stage }) => stage)).toEqual(['preseed', 'early', 'late', 'installed']);
    for (const report of reports) {
      expect(report).toMatchObject({ address: MACHINE, identity: { mac: MAC } });
    }
  });

  it('of unknown machines are bounded, and only those that changed no disk are forgotten', async () => {
    const yaml = { unknown: { boot: 'install', profile: 'web' } };
    const service = await daemon(yaml, { ...UNKNOWN_BOUNDS, ended: 2, all: 4 });
    const { db } = await open();
    const stored = async (): Promise<readonly string[]> => {
      const rows = await db.selectFrom('installs').select('host').orderBy('host').execute();
      return rows.map(({ host }) => host);
    };
    const macs = ['a0', 'a1', 'a2', 'a3', 'a4', 'a5'].map((end) => `52:54:00:00:00:${end}`);
    const menus = macs.slice(0, 5).map((mac) => menuOf(service, mac));
    for (const { start } of menus.slice(0, 4)) {
      time += 1000;
      expect(await service.start(start, MACHINE)).toBeUndefined();
    }
    expect(await get(service, 'p', menus[0]!.token, 'preseed.cfg')).toBeDefined();
    expect(await service.start(menus[4]!.start, MACHINE)).toMatch(/no more unknown machines/);
    expect(menuOf(service, macs[5])).toMatchObject({
      boot: 'menu',
      title: `${macs[5]!}: no more unknown machines are installed`,
    });
    service.configure(settingsOf(yaml));
    await expect.poll(() => log.join()).toContain('4 installations of unknown machines are stored');
    time += 31 * 60_000;
    service.configure(settingsOf(yaml));
    await expect.poll(stored).toHaveLength(3);
    // The first machine had its preseed, and is older than the others.
    expect(await stored()).toContain(macs[0]);
    await expect.poll(() => menuOf(service, macs[5]).boot).toBe('install');
    time += UNKNOWN_BOUNDS.ageMs;
    service.configure(settingsOf(yaml));
    await expect.poll(stored).toEqual([macs[0]]);
    expect(menuOf(service, macs[0]).boot).toBe('menu');
    await expect.poll(() => menuOf(service, macs[1]).boot).toBe('install');
  });

  it('need the database', async () => {
    const service = createInstallService({
      settings: settingsOf({ hosts: [{ ...WEB1, boot: 'install' }] }),
      logger: { info: () => undefined, warn: () => undefined },
      isShared,
    });
    service.close();
    expect(menuOf(service)).toMatchObject({
      boot: 'menu',
      title: expect.stringContaining('unavailable') as unknown,
    });
    await expect(service.install('web1', { retries: 0 }, 'anna')).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(await service.start('0'.repeat(32), MACHINE)).toBeDefined();
    expect(await get(service, 'p', 'x'.repeat(42), 'preseed.cfg')).toBeUndefined();
    await expect(get(service, 'p', 'x'.repeat(43), 'preseed.cfg')).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('report that the database is unavailable while another program locks it, and continue afterwards', async () => {
    const service = await daemon();
    await service.install('web1', { retries: 0 }, 'anna');
    const { start, token } = menuOf(service);
    expect(await service.start(start, MACHINE)).toBeUndefined();
    const unavailable = { code: 'unavailable' };

    let release = await lockInstalls();
    await expect(get(service, 'p', token, 'preseed.cfg')).rejects.toMatchObject(unavailable);
    await release();
    const preseed = await get(service, 'p', token, 'preseed.cfg');
    const scripts = scriptToken(preseed);

    release = await lockInstalls();
    await expect(get(service, 'i', scripts, 'done')).rejects.toMatchObject(unavailable);
    await release();
    expect(await get(service, 'i', scripts, 'done')).toBe('ok\n');
    expect(log).toContain('cannot answer an installer');
  });

  if (!isShared) {
    return;
  }

  it('start exactly once, however many daemons are asked', async () => {
    const daemons = await Promise.all([daemon(), daemon(), daemon()]);
    await daemons[0].install('web1', { retries: 0 }, 'anna');
    await expect
      .poll(() => daemons.map((one) => menuOf(one).boot))
      .toEqual(['install', 'install', 'install']);
    const menus = daemons.map((one) => menuOf(one));
    const { start, token } = menus[0]!;
    const started = await Promise.all(
      daemons.flatMap((one) => [one.start(start, MACHINE), one.start(start, MACHINE)]),
    );
    expect(started).toEqual(started.map(() => undefined));
    expect(log.filter((line) => line.includes('has started'))).toHaveLength(1);
    // Each daemon has made its own token, but only one request gets a preseed.
    const preseeds = await Promise.all(
      daemons.map((one, index) =>
        get(one, 'p', menus[index]!.token, 'preseed.cfg', `10.0.1.${index}`),
      ),
    );
    expect(preseeds.filter((text) => text !== undefined)).toHaveLength(1);
    expect(token).not.toBe(menus[1]!.token);
  });
});
