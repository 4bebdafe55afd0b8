import { createHash, randomBytes, randomInt } from 'node:crypto';

import { type Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';

import { earlyKernelArgs, hasErrors, PreseedProfileError } from '@pxe/debian-preseed';

import { type SecretPath } from '../access/install-path.js';
import { type MachineIdentity } from '../access/machine-identity.js';
import { type HostSettings } from '../config/hosts.js';
import { type ListenAddress } from '../config/listen-address.js';
import { type ServerConfig } from '../config/schema.js';
import { type BootPlan, planOfHost, planOfUnknown } from '../hosts/boot-plan.js';
import { createHostTable, type HostTable, type Machine } from '../hosts/host-table.js';
import {
  afterEvent,
  armed,
  bootWith,
  EXPIRES_AFTER_MS,
  type HostKey,
  type Install,
  type InstallEvent,
  type InstallState,
  type InstallStep,
  isActive,
} from '../hosts/install.js';
import { type Logger } from '../log/logger.js';
import { type InstallStage } from '../machines/file-role.js';
import {
  deleteHost,
  insertHost,
  readHosts,
  readInstalls,
  type StoredInstall,
  writeInstall,
} from '../state/install-table.js';
import { type StateTables } from '../state/tables.js';
import { hostKeysOf } from './host-keys.js';
import { missingVariables, SAMPLE_VALUES, variablesOf } from './host-values.js';
import { FIRST_USE_MS, isSigned, issueToken, readToken } from './install-token.js';
import { checkPreseed, formatPreseedFinding, type PreseedFinding } from './preseed-check.js';
import {
  earlyScript,
  lateScript,
  type PreseedTemplate,
  type RenderedPreseed,
  secretsIn,
  withScripts,
} from './preseed.js';
import { WrongTokens } from './wrong-tokens.js';

/** Interval between checks for installations that have expired or fallen silent, in milliseconds. */
const TICK_MS = 15_000;
/** Interval between reads of a database that other daemons may change, in milliseconds. */
const POLL_MS = 2_000;
/** Time for which the token of the scripts is valid, in milliseconds. */
const SCRIPTS_MS = 24 * 60 * 60 * 1000;
/** Maximum number of attempts to make a change while other daemons make changes, too. */
const MAX_ATTEMPTS = 5;
/** Maximum number of unknown machines that are offered an installation at once. */
const MAX_OFFERED = 4096;
/** Key that is compared with when there is no installation, so that the answer takes as long. */
const NO_KEY = '00'.repeat(32);
/** Note of an installation whose host is gone. */
const HOST_REMOVED = 'the host was removed';
/** Person that armed an installation that the configuration asks for. */
const BY_CONFIGURATION = 'pxeboot.yaml';

/** Reason why a command about a host failed. */
export type HostErrorCode = 'not-found' | 'conflict' | 'invalid' | 'unavailable';

/** Thrown when a command about a host fails. */
export class HostError extends Error {
  override readonly name = 'HostError';
  readonly code: HostErrorCode;
  readonly hint: string | undefined;

  constructor(code: HostErrorCode, message: string, hint?: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

/** Host with its last installation. */
export interface KnownHost {
  readonly host: HostSettings;
  /** True for a host of the configuration, which only the configuration can change. */
  readonly isConfigured: boolean;
  readonly install: Install | undefined;
}

/** Installation that was just armed. */
export interface ArmedInstall {
  readonly install: Install;
  /** Passphrase of the disk, if it was made for this installation: it is not shown again. */
  readonly passphrase: string | undefined;
  /** Findings in the preseed that do not prevent the installation. */
  readonly findings: readonly PreseedFinding[];
}

/** Request of a machine about its installation. */
export interface InstallRequest extends SecretPath {
  readonly method: string;
  readonly address: string;
  /** Scheme, host and port that the machine reaches boot HTTP by. */
  readonly origin: string;
  /** Query of the URL, without the question mark; empty if it has none. */
  readonly query?: string;
}

/** Hosts and their installations. */
export interface InstallService {
  /** Returns the plan of a machine: of the host that it matches, or of unknown machines. */
  readonly planOf: (machine: Machine) => BootPlan;
  hosts(): readonly KnownHost[];
  /** @throws HostError */
  add(host: HostSettings, by: string): Promise<void>;
  /** @throws HostError */
  remove(name: string, by: string): Promise<void>;
  /** Arms an installation. @throws HostError, also when its preseed has errors */
  install(
    name: string,
    options: { readonly profile?: string | undefined; readonly retries: number },
    by: string,
  ): Promise<ArmedInstall>;
  /** Cancels an installation, or forgets that one has ended. @throws HostError */
  cancel(name: string, by: string): Promise<Install>;
  /**
   * Records that a machine requests the kernel of an installation.
   *
   * @returns the reason why it may not have it; undefined if it may
   */
  start(start: string, address: string): Promise<string | undefined>;
  /** Returns the installer that has fetched its preseed from an address last; undefined if there is none. */
  installerAt(address: string): RunningInstaller | undefined;
  /** Returns the texts of an installer's preseed that no log may show: its commands and its passphrase. */
  secretsOf(installer: RunningInstaller): readonly string[];
  /** Records a sign of life of an installer. */
  heard(installer: RunningInstaller, address: string): void;
  /** Returns the text for a request with a token; undefined if it is not valid. */
  answer(request: InstallRequest): Promise<string | undefined>;
  /** Applies a new configuration. */
  configure(settings: InstallSettings): void;
  /** Uses a database from now on, also after an outage. */
  use(db: Kysely<StateTables>): void;
  close(): void;
}

/** Part of the settings in force that installations depend on. */
export interface InstallSettings {
  readonly hosts: readonly HostSettings[];
  readonly unknown: ServerConfig['unknown'];
  readonly templates: ReadonlyMap<string, PreseedTemplate>;
  /** Ids of all entries that a host may start. */
  readonly entries: readonly string[];
  /** Kernel arguments of all machines. */
  readonly kernelArgs: string;
}

/** Installer that has its preseed, and may still be running. */
export interface RunningInstaller {
  /** Id of the installation. */
  readonly id: string;
  /** Name of the host. */
  readonly host: string;
  /** Address that the machine booted from; the installer may have another one. */
  readonly bootAddress: string | undefined;
  /** Identifiers that the host is matched by. */
  readonly identity: MachineIdentity | undefined;
}

/** Sign of life of an installer. */
export interface InstallReport {
  readonly stage: InstallStage;
  /** Address that the machine booted from; the installer may have another one. */
  readonly address: string;
  /** Identifiers that the host is matched by. */
  readonly identity: MachineIdentity | undefined;
  /** Bytes of the answer. */
  readonly bytes: number;
  /** Keys of the SSH server of the installed system. */
  readonly hostKeys?: readonly HostKey[];
}

export interface InstallServiceOptions {
  readonly settings: InstallSettings;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** True if other daemons may change the database. */
  readonly isShared: boolean;
  /** Called when an installer has fetched its preseed or a script, or has reported its end. */
  readonly onReport?: (report: InstallReport) => void;
  /** Called for each step of an installation, after it has been stored. */
  readonly onStep?: (install: Install, step: InstallStep) => void;
  /** Returns the address that an installer sends its log to, if it reaches this host by the given one. */
  readonly logTargetAt?: (host: string) => ListenAddress | undefined;
  /** Clock, in milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

export function createInstallService({
  settings: firstSettings,
  logger,
  isShared,
  onReport,
  onStep,
  logTargetAt,
  now = Date.now,
}: InstallServiceOptions): InstallService {
  let settings = firstSettings;
  let db: Kysely<StateTables> | undefined;
  /** Hosts that were added at run time. */
  let added: readonly HostSettings[] = [];
  let installs = new Map<string, StoredInstall>();
  let isRead = false;
  /** Installations that the configuration asks for, until the machine starts one. */
  const offered = new LRUCache<string, Install>({ max: MAX_OFFERED });
  const wrongTokens = new WrongTokens();
  let table: HostTable = createHostTable(settings.hosts);
  let plans = new Map<HostSettings, BootPlan>();
  let unknownPlan = planOfUnknown('menu');
  /** Findings in the preseeds of hosts that the configuration asks to install, by name. */
  const checked = new LRUCache<string, readonly PreseedFinding[]>({ max: MAX_OFFERED });
  /** Installers by the address that they fetched their preseed from; undefined if that has to be read again. */
  let installers: ReadonlyMap<string, RunningInstaller> | undefined;
  /** Number of times that the hosts have changed: part of the key of cached menus. */
  let revision = 0;
  index();

  function index(): void {
    const names = new Set(settings.hosts.map(({ name }) => name.toLowerCase()));
    const all = [...settings.hosts, ...added.filter(({ name }) => !names.has(name.toLowerCase()))];
    table = createHostTable(all);
    checked.clear();
    revision += 1;
    plans = new Map(
      all.map((host) => [host, { ...planOfHost(host), cacheKey: `${host.name} ${revision}` }]),
    );
    unknownPlan = planOfUnknown(settings.unknown.boot);
  }

  function hostNamed(name: string): HostSettings | undefined {
    const wanted = name.toLowerCase();
    return [...plans.keys()].find((host) => host.name.toLowerCase() === wanted);
  }

  /** Reads hosts and installations again. */
  async function refresh(): Promise<void> {
    const database = openDatabase();
    const [hosts, stored] = [await readHosts(database), await readInstalls(database)];
    installs = new Map(stored);
    installers = undefined;
    if (JSON.stringify(hosts) !== JSON.stringify(added)) {
      added = hosts;
      index();
    }
    isRead = true;
  }

  function openDatabase(): Kysely<StateTables> {
    if (db === undefined) {
      throw new HostError(
        'unavailable',
        'installations and added hosts need the database, which is not available',
        'set state to on, or see the log for why it cannot be opened',
      );
    }
    return db;
  }

  /**
   * Applies an event to the installation of a host, exactly once among all daemons.
   *
   * @param expected - the installation that the event is about; any if it is left out
   */
  async function apply(
    name: string,
    event: InstallEvent,
    expected?: Install,
  ): Promise<{ readonly install?: Install; readonly reason?: string }> {
    const database = openDatabase();
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (attempt > 0 || isShared) {
        await refresh();
      }
      const stored = installs.get(name);
      const before = stored?.install ?? expected;
      if (before === undefined) {
        return { reason: 'there is no installation of this host' };
      }
      if (expected !== undefined && before.id !== expected.id) {
        return { reason: 'another installation of this host was armed since' };
      }
      const change = afterEvent(before, event, now());
      if (!change.ok) {
        return { reason: change.reason };
      }
      const { install } = change;
      if (install === stored?.install) {
        return { install };
      }
      const version = await writeInstall(database, install, stored?.version);
      if (version !== undefined) {
        put(name, { install, version }, before);
        return { install };
      }
    }
    return { reason: 'too many other changes at the same time' };
  }

  function put(name: string, stored: StoredInstall, before: Install | undefined): void {
    installs.set(name, stored);
    installers = undefined;
    offered.delete(name);
    const { install } = stored;
    const known = before?.id === install.id ? before.steps.length : 0;
    for (const step of install.steps.slice(known)) {
      const { state, by, note } = step;
      logger.info(
        { event: `install.${state}`, host: install.host, by, ...(note !== undefined && { note }) },
        `${install.host}: ${STEPS[state]}${note === undefined ? '' : ` (${note})`}, by ${by}`,
      );
      onStep?.(install, step);
    }
  }

  function planOf(machine: Machine): BootPlan {
    const host = table.find(machine);
    const { mac } = machine;
    if (host === undefined) {
      if (settings.unknown.boot !== 'install') {
        return unknownPlan;
      }
      return mac === undefined
        ? planOfUnknown('menu')
        : planWith(
            { ...unknownPlan, host: mac, matchedBy: 'mac', cacheKey: mac },
            mac,
            settings.unknown.profile,
            machine,
          );
    }
    const plan = plans.get(host) ?? unknownPlan;
    return planWith(plan, host.name.toLowerCase(), host.profile, machine);
  }

  function planWith(
    plan: BootPlan,
    name: string,
    profile: string | undefined,
    machine: Machine,
  ): BootPlan {
    const { host = name } = plan;
    const stored = installs.get(name);
    if (stored === undefined && plan.boot === 'install' && hasErrors(findingsOf(host, profile))) {
      return told(plan, `${host}: the preseed has errors; see pxeboot preseed check`);
    }
    const install =
      stored?.install ?? (plan.boot === 'install' ? offerTo(name, host, profile) : undefined);
    if (install === undefined) {
      return plan.boot === 'install'
        ? told(plan, `${host}: cannot be installed while the database is unavailable`)
        : plan;
    }
    switch (bootWith(install, now())) {
      case 'install': {
        const template = settings.templates.get(install.profile);
        if (template === undefined) {
          return told(plan, `${host}: the profile ${install.profile} is gone`);
        }
        const rendered = rendering(template, install, machine.address);
        return rendered === undefined
          ? told(plan, `${host}: the profile ${install.profile} has errors`)
          : { ...plan, boot: 'install', cacheKey: undefined, install: entryOf(install, rendered) };
      }
      case 'local':
        return { ...plan, boot: 'local', cacheKey: `${plan.cacheKey ?? ''} local` };
      case 'menu':
        return told(plan, `${host}: the installation did not end; it is not repeated`);
      case 'own':
        return plan.boot === 'install'
          ? told(plan, `${host}: the installation is ${install.state}`)
          : plan;
    }
  }

  /** Returns the plan to show the menu with a sentence as its title. */
  function told(plan: BootPlan, sentence: string): BootPlan {
    return {
      ...plan,
      boot: 'menu',
      title: sentence,
      cacheKey: `${plan.cacheKey ?? ''} ${sentence}`,
    };
  }

  /** Returns the installation that the configuration asks for, unless the state of the host is unknown. */
  function offerTo(name: string, host: string, profile: string | undefined): Install | undefined {
    if (!isRead || profile === undefined) {
      return undefined;
    }
    const before = offered.get(name);
    const offer =
      before ?? armed({ ...freshIds(), host, profile, retries: 0 }, BY_CONFIGURATION, now());
    offered.set(name, offer);
    return offer;
  }

  function entryOf(install: Install, { whole }: RenderedPreseed): NonNullable<BootPlan['install']> {
    const boot = randomBytes(8).toString('hex');
    const early = `${earlyKernelArgs(whole)}${hostNames(install.host, whole)}`;
    const own = `${settings.kernelArgs} ${hostNamed(install.host)?.kernelArgs ?? ''}`;
    const sendsLog = !/(?:^|\s)log_host=/.test(own);
    return {
      kernelFolder: `/s/${install.id}${boot}`,
      kernelArgs: (origin) => {
        const log = sendsLog ? logTargetAt?.(new URL(origin).hostname) : undefined;
        return [
          `url=${origin}/p/${issueToken('p', install, now())}/preseed.cfg`,
          early,
          log === undefined ? '' : logArgs(log),
        ]
          .filter((part) => part !== '')
          .join(' ');
      },
    };
  }

  /** Renders the preseed of an installation; undefined, with a line in the log, if it has errors. */
  function rendering(
    template: PreseedTemplate,
    install: Install,
    address: string = SAMPLE_VALUES.address,
    origin: string = SAMPLE_VALUES.server,
  ): RenderedPreseed | undefined {
    try {
      return template.render(valuesOf(install.host, address, origin), install.passphrase);
    } catch (error) {
      if (!(error instanceof PreseedProfileError)) {
        throw error;
      }
      logger.warn(
        { event: 'install.preseed-invalid', host: install.host, reason: error.message },
        `${install.host}: ${error.message}`,
      );
      return undefined;
    }
  }

  /**
   * Checks the preseed of a host.
   *
   * @throws PreseedProfileError when it cannot be rendered
   */
  function checkHost(
    template: PreseedTemplate,
    name: string,
    passphrase: string | undefined,
  ): readonly PreseedFinding[] {
    const host = hostNamed(name);
    const { address, server } = SAMPLE_VALUES;
    const rendered = template.render(valuesOf(name, address, server), passphrase);
    return checkPreseed(rendered, {
      suite: host?.suite ?? suiteOf(settings.entries),
      kernelArgs: [settings.kernelArgs, host?.kernelArgs ?? ''],
    });
  }

  /** Findings in the preseed of a host that the configuration asks to install. */
  function findingsOf(name: string, profile = ''): readonly PreseedFinding[] {
    const template = settings.templates.get(profile);
    if (template === undefined) {
      return [];
    }
    const known = checked.get(name);
    if (known !== undefined) {
      return known;
    }
    let findings: readonly PreseedFinding[] = [];
    try {
      findings = checkHost(template, name, undefined);
    } catch (error) {
      // Rendering reports it again for each menu.
      if (!(error instanceof PreseedProfileError)) {
        throw error;
      }
    }
    checked.set(name, findings);
    for (const finding of findings.filter(({ severity }) => severity === 'error')) {
      logger.warn(
        { event: 'install.preseed-invalid', host: name, reason: finding.message },
        formatPreseedFinding(finding, `preseed of ${name}`),
      );
    }
    return findings;
  }

  /** Finds an installation by its id, stored or offered. */
  function find(id: string): { readonly name: string; readonly install: Install } | undefined {
    for (const [name, { install }] of installs) {
      if (install.id === id) {
        return { name, install };
      }
    }
    for (const [name, install] of offered.entries()) {
      if (install.id === id && !installs.has(name)) {
        return { name, install };
      }
    }
    return undefined;
  }

  /** Finds an installation by its id, asking a shared database as well. */
  async function findStored(
    id: string,
  ): Promise<{ readonly name: string; readonly install: Install } | undefined> {
    if (isShared && db !== undefined) {
      await refresh();
    }
    return find(id);
  }

  async function answer(request: InstallRequest): Promise<string | undefined> {
    const { use, token, name, method, address, origin, query = '' } = request;
    if (method !== 'GET' || db === undefined || wrongTokens.isBlocked(address, now())) {
      return undefined;
    }
    const claim = readToken(token);
    const found = claim === undefined ? undefined : await findStored(claim.id);
    const isValid = isSigned(
      use,
      claim === undefined ? EMPTY_TOKEN : token,
      found?.install.key ?? NO_KEY,
    );
    if (claim === undefined || found === undefined || !isValid) {
      wrongTokens.add(address, now());
      return undefined;
    }
    const { install } = found;
    const age = now() - claim.issuedAt;
    const template = settings.templates.get(install.profile);
    if (template === undefined) {
      return undefined;
    }
    const rendered = rendering(template, install, address, origin);
    if (rendered === undefined) {
      return undefined;
    }
    if (use === 'p') {
      const digest = createHash('sha256').update(token).digest('hex');
      const isRepeat = install.preseed?.token === digest;
      if (name !== 'preseed.cfg' || (!isRepeat && age > FIRST_USE_MS)) {
        return undefined;
      }
      const { reason } = await apply(
        found.name,
        { type: 'preseed', token: digest, address },
        install,
      );
      if (reason !== undefined) {
        logger.warn(
          { event: 'install.preseed-refused', host: install.host, client: address, reason },
          `${install.host}: refused the preseed to ${address}: ${reason}`,
        );
        return undefined;
      }
      const preseed = withScripts(rendered, {
        url: `${origin}/i/${issueToken('i', install, now())}`,
      });
      return reported('preseed', found, address, preseed);
    }
    if (age > SCRIPTS_MS || !['early', 'late', 'done'].includes(name)) {
      return undefined;
    }
    const hostKeys = name === 'done' ? hostKeysOf(query) : [];
    const event =
      name === 'done'
        ? ({ type: 'done', address, hostKeys } as const)
        : ({ type: 'seen', address } as const);
    const { reason } = await apply(found.name, event, install);
    if (reason !== undefined) {
      return undefined;
    }
    if (name === 'done') {
      return reported('installed', found, address, 'ok\n', hostKeys);
    }
    return name === 'early'
      ? reported('early', found, address, earlyScript(rendered))
      : reported('late', found, address, lateScript(rendered, { url: `${origin}/i/${token}` }));
  }

  /** Reports a sign of life of an installer; returns the answer to it. */
  function reported(
    stage: InstallStage,
    { name, install }: { readonly name: string; readonly install: Install },
    address: string,
    text: string,
    hostKeys: readonly HostKey[] = [],
  ): string {
    onReport?.({
      stage,
      address: install.bootAddress ?? address,
      identity: identityOf(name, install),
      bytes: Buffer.byteLength(text),
      ...(hostKeys.length > 0 && { hostKeys }),
    });
    return text;
  }

  function identityOf(name: string, install: Install): MachineIdentity | undefined {
    const { mac, uuid } = hostNamed(install.host)?.match ?? { mac: macOf(name) };
    const identity = { ...(mac !== undefined && { mac }), ...(uuid !== undefined && { uuid }) };
    return mac === undefined && uuid === undefined ? undefined : identity;
  }

  function runningInstallers(): ReadonlyMap<string, RunningInstaller> {
    const running = [...installs]
      .flatMap(([name, { install }]) => {
        const { id, host, state, preseed, bootAddress } = install;
        const isRunning = state === 'started' || state === 'failed' || state === 'installed';
        return preseed === undefined || !isRunning
          ? []
          : [
              {
                ...preseed,
                installer: { id, host, bootAddress, identity: identityOf(name, install) },
              },
            ];
      })
      .toSorted((one, other) => one.at - other.at);
    return new Map(running.map(({ address, installer }) => [address, installer]));
  }

  function valuesOf(name: string, address: string, origin: string): Record<string, string> {
    return { ...variablesOf(hostNamed(name), name), address, server: origin };
  }

  async function cancelGone(): Promise<void> {
    for (const [name, { install }] of installs) {
      const isUnknown = settings.unknown.boot === 'install' && install.host.includes(':');
      if (
        isActive(install) &&
        install.preseed === undefined &&
        !isUnknown &&
        hostNamed(name) === undefined
      ) {
        await apply(name, { type: 'cancel', by: BY_CONFIGURATION, note: HOST_REMOVED });
      }
    }
  }

  async function tick(): Promise<void> {
    if (db === undefined) {
      return;
    }
    await cancelGone();
    for (const [name, { install }] of installs) {
      const change = afterEvent(install, { type: 'tick' }, now());
      if (change.ok && change.install !== install) {
        await apply(name, { type: 'tick' });
      }
    }
  }

  /** Runs something in the background; the recorder of the database reports its outages. */
  function inBackground(work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      logger.warn(
        { event: 'install.state-unavailable', err: error },
        'cannot update installations',
      );
    });
  }

  const timers = [
    setInterval(() => {
      inBackground(tick);
    }, TICK_MS),
  ];
  if (isShared) {
    timers.push(
      setInterval(() => {
        if (db !== undefined) {
          inBackground(refresh);
        }
      }, POLL_MS),
    );
  }
  timers.forEach((timer) => timer.unref());

  return {
    planOf,
    hosts: () =>
      [...plans.keys()].map((host) => ({
        host,
        isConfigured: settings.hosts.includes(host),
        install: installs.get(host.name.toLowerCase())?.install,
      })),
    async add(host, by) {
      const database = openDatabase();
      const { boot, profile } = host;
      if (boot === 'install') {
        const hint = `add it, and then run "pxeboot hosts install ${host.name}"`;
        throw new HostError('invalid', 'boot: install is for hosts of pxeboot.yaml', hint);
      }
      if (boot !== 'menu' && !settings.entries.includes(boot)) {
        throw new HostError(
          'invalid',
          `unknown entry ${boot}`,
          `expected menu, local, or an entry such as ${settings.entries[0] ?? 'local'}`,
        );
      }
      if (profile !== undefined && !settings.templates.has(profile)) {
        throw new HostError('invalid', `profiles has no ${profile}`, `it has ${names()}`);
      }
      const same = [...plans.keys()].find(
        ({ match }) => JSON.stringify(match) === JSON.stringify(host.match),
      );
      if (same !== undefined) {
        throw new HostError('conflict', `${same.name} matches the same machine`);
      }
      if (hostNamed(host.name) !== undefined || !(await insertHost(database, host, now()))) {
        throw new HostError('conflict', `there is already a host ${host.name}`);
      }
      await refresh();
      logger.info(
        { event: 'host.added', host: host.name, by },
        `${host.name}: host added by ${by}`,
      );
    },
    async remove(name, by) {
      const host = found(name);
      if (settings.hosts.includes(host)) {
        throw new HostError('conflict', `${host.name} is in pxeboot.yaml`, 'remove it there');
      }
      const key = name.toLowerCase();
      const stored = installs.get(key)?.install;
      if (stored !== undefined && isActive(stored)) {
        await apply(key, { type: 'cancel', by, note: HOST_REMOVED });
      }
      await deleteHost(openDatabase(), name);
      await refresh();
      logger.info(
        { event: 'host.removed', host: host.name, by },
        `${host.name}: host removed by ${by}`,
      );
    },
    async install(name, { profile: named, retries }, by) {
      const database = openDatabase();
      const host = found(name);
      const profile = named ?? host.profile;
      if (profile === undefined) {
        throw new HostError(
          'invalid',
          `${host.name} has no profile`,
          `name one of profiles: ${names()}`,
        );
      }
      const template = settings.templates.get(profile);
      if (template === undefined) {
        throw new HostError('invalid', `profiles has no ${profile}`, `it has ${names()}`);
      }
      const missing = missingVariables(template, host);
      if (missing.length > 0) {
        const message = `the profile ${profile} needs the variables ${missing.join(', ')}, which ${host.name} does not have`;
        throw new HostError('invalid', message, 'add them to the variables of the host');
      }
      const key = host.name.toLowerCase();
      if (isShared) {
        await refresh();
      }
      const stored = installs.get(key);
      const current = stored && afterEvent(stored.install, { type: 'tick' }, now());
      if (current?.ok === true && isActive(current.install)) {
        const message = `an installation of ${host.name} is already ${current.install.state}`;
        throw new HostError('conflict', message, `run "pxeboot hosts cancel ${host.name}" first`);
      }
      const passphrase = template.needsPassphrase ? freshPassphrase() : undefined;
      const findings = checkedFindings(template, host.name, passphrase);
      const facts = {
        ...freshIds(),
        host: host.name,
        profile,
        retries,
        ...(passphrase !== undefined && { passphrase }),
      };
      const install = armed(facts, by, now(), now() + EXPIRES_AFTER_MS);
      const version = await writeInstall(database, install, stored?.version);
      if (version === undefined) {
        await refresh();
        throw new HostError(
          'conflict',
          `somebody else has just changed the installation of ${host.name}`,
        );
      }
      put(key, { install, version }, undefined);
      return { install, passphrase, findings };
    },
    async cancel(name, by) {
      const { install, reason } = await apply(found(name).name.toLowerCase(), {
        type: 'cancel',
        by,
        note: 'cancelled by hand',
      });
      if (install === undefined) {
        throw new HostError('conflict', `${name}: ${reason ?? 'nothing to cancel'}`);
      }
      return install;
    },
    async start(start, address) {
      try {
        const armedFor = await findStored(start.slice(0, 16));
        if (armedFor === undefined) {
          return 'there is no such installation';
        }
        const event = { type: 'start', boot: start.slice(16), address } as const;
        return (await apply(armedFor.name, event, armedFor.install)).reason;
      } catch (error) {
        logger.warn({ event: 'install.state-unavailable', err: error }, 'cannot record a start');
        return 'the database is unavailable, so the start of the installation cannot be recorded';
      }
    },
    installerAt(address) {
      installers ??= runningInstallers();
      return installers.get(address);
    },
    secretsOf({ id }) {
      const install = find(id)?.install;
      const template = install && settings.templates.get(install.profile);
      const rendered = template && rendering(template, install);
      return [
        ...(install?.passphrase === undefined ? [] : [install.passphrase]),
        ...(rendered === undefined ? [] : secretsIn(rendered)),
      ];
    },
    heard({ id }, address) {
      const found = find(id);
      if (found !== undefined && db !== undefined) {
        inBackground(async () => {
          await apply(found.name, { type: 'seen', address }, found.install);
        });
      }
    },
    answer,
    configure(next) {
      settings = next;
      installers = undefined;
      index();
      inBackground(tick);
    },
    use(database) {
      db = database;
      inBackground(async () => {
        await refresh();
        await tick();
      });
    },
    close() {
      timers.forEach((timer) => {
        clearInterval(timer);
      });
    },
  };

  function found(name: string): HostSettings {
    const host = hostNamed(name);
    if (host === undefined) {
      throw new HostError('not-found', `there is no host ${name}`, 'see "pxeboot hosts list"');
    }
    return host;
  }

  /**
   * Returns the findings in the preseed of a host.
   *
   * @throws HostError when one of them is an error
   */
  function checkedFindings(
    template: PreseedTemplate,
    name: string,
    passphrase: string | undefined,
  ): readonly PreseedFinding[] {
    let findings: readonly PreseedFinding[];
    try {
      findings = checkHost(template, name, passphrase);
    } catch (error) {
      if (!(error instanceof PreseedProfileError)) {
        throw error;
      }
      throw new HostError('invalid', `${name}: ${error.message}`, CHECK_HINT);
    }
    if (hasErrors(findings)) {
      const errors = findings
        .filter(({ severity }) => severity === 'error')
        .map((finding) => formatPreseedFinding(finding, `preseed of ${name}`));
      throw new HostError('invalid', errors.join('\n'), CHECK_HINT);
    }
    return findings;
  }

  function names(): string {
    return [...settings.templates.keys()].join(', ') || 'none: add profiles to pxeboot.yaml';
  }
}

/** Messages of the log. */
const STEPS: Readonly<Record<InstallState, string>> = {
  armed: 'armed for an installation',
  started: 'the installation has started',
  installed: 'installed',
  failed: 'the installation failed',
  expired: 'no longer armed',
  cancelled: 'the installation was cancelled',
};

const CHECK_HINT = 'correct the profile, and check it with "pxeboot preseed check --host NAME"';

/** Token that nothing has signed. */
const EMPTY_TOKEN = 'A'.repeat(43);

function freshIds(): Pick<Install, 'id' | 'key'> {
  return { id: randomBytes(8).toString('hex'), key: randomBytes(32).toString('hex') };
}

/** Returns the MAC address that an unknown machine is named by; undefined for the name of a host. */
function macOf(name: string): string | undefined {
  return name.includes(':') ? name : undefined;
}

/** Characters of passphrases: none that looks like another. */
const PASSPHRASE_LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';

/** Returns a passphrase of 100 random bits, in groups that people can type. */
function freshPassphrase(): string {
  const group = (): string =>
    Array.from({ length: 5 }, () => PASSPHRASE_LETTERS[randomInt(PASSPHRASE_LETTERS.length)]).join(
      '',
    );
  return [group(), group(), group(), group()].join('-');
}

/** Returns the arguments that make an installer send its log; they have no effect elsewhere (rootskel). */
function logArgs({ address, port }: ListenAddress): string {
  return `log_host=${address.includes(':') ? `[${address}]` : address} log_port=${port}`;
}

/** Returns the arguments for the names of a host that its preseed does not have; empty for a MAC address. */
function hostNames(host: string, preseed: string): string {
  const [hostname = '', ...domain] = host.includes(':') ? [] : host.split('.');
  const given = ` ${earlyKernelArgs(preseed)}`;
  return hostname === ''
    ? ''
    : [`hostname=${hostname}`, `domain=${domain.join('.')}`]
        .filter((argument) => !given.includes(` ${argument.split('=', 1)[0] ?? ''}=`))
        .map((argument) => ` ${argument}`)
        .join('');
}

/** Returns the suite that an unattended installation uses unless the host names one. */
function suiteOf(entries: readonly string[]): string | undefined {
  return entries.find((id) => id.endsWith('-auto'))?.split('-')[0];
}
