import { type Kysely } from 'kysely';

import { oncePerMinute } from '../access/minute-log.js';
import { sourceGroup } from '../access/source-group.js';
import { type HostSettings } from '../config/hosts.js';
import { type ListenAddress } from '../config/listen-address.js';
import { type BootPlan } from '../hosts/boot-plan.js';
import { type Machine } from '../hosts/host-table.js';
import { afterEvent, type Install, type InstallStep, isActive } from '../hosts/install.js';
import { type LineLimiter } from '../log/line-limiter.js';
import { type Logger } from '../log/logger.js';
import { type StateTables } from '../state/tables.js';
import { createHostCommands, type HostCommands } from './host-commands.js';
import { HostIndex } from './host-index.js';
import { HostPreseeds } from './host-preseeds.js';
import {
  createInstallAnswers,
  type InstallReport,
  type InstallRequest,
} from './install-answers.js';
import {
  BY_CONFIGURATION,
  HOST_REMOVED,
  type InstallContext,
  type InstallSettings,
  type NamedInstall,
} from './install-context.js';
import { createInstallPlans } from './install-plans.js';
import { UNKNOWN_BOUNDS, type UnknownBounds } from './install-retention.js';
import { InstallStore } from './install-store.js';
import { secretsIn } from './preseed.js';
import { type RunningInstaller, RunningInstallers } from './running-installers.js';
import { WrongGuesses } from './wrong-guesses.js';

export { type InstallReport, type RunningInstaller };

/** Interval between checks for installations that have expired or fallen silent, in milliseconds. */
const TICK_MS = 15_000;
/** Interval between reads of a database that other daemons may change, in milliseconds. */
const POLL_MS = 2_000;

/** Host with its last installation. */
export interface KnownHost {
  readonly host: HostSettings;
  /** True for a host of the configuration, which only the configuration can change. */
  readonly isConfigured: boolean;
  readonly install: Install | undefined;
}

/** Hosts and their installations. */
export interface InstallService extends HostCommands {
  /**
   * Returns the plan of a machine: that of the host that it matches, or that of unknown machines.
   */
  readonly planOf: (machine: Machine) => BootPlan;
  /**
   * Returns the same plan for display: without side effects, and with placeholders for its secrets.
   */
  readonly preview: (machine: Machine) => BootPlan;
  /** Resolves once the hosts in the database are known, or the database has failed to open. */
  whenKnown(): Promise<void>;
  hosts(): readonly KnownHost[];
  /**
   * Records that a machine requests the kernel of an installation.
   *
   * @returns the reason for refusing the kernel; undefined if it may be sent
   */
  start(start: string, address: string): Promise<string | undefined>;
  /** Returns the installer that last fetched its preseed from an address; undefined if there is none. */
  installerAt(address: string): RunningInstaller | undefined;
  /**
   * Returns the texts in an installer's preseed that must not appear in logs: its passwords, its commands
   * and its passphrase.
   */
  secretsOf(installer: RunningInstaller): readonly string[];
  /** Records a sign of life of an installer. */
  heard(installer: RunningInstaller, address: string): void;
  /**
   * Returns the answer to a request with a token; undefined if the request is refused.
   *
   * @throws {@link HostError} `unavailable` when the database cannot be used
   */
  answer(request: InstallRequest): Promise<string | undefined>;
  /** Applies a new configuration. */
  configure(settings: InstallSettings): void;
  /** Switches to a database, at the start or after an outage. */
  use(db: Kysely<StateTables>): void;
  close(): void;
}

export interface InstallServiceOptions {
  readonly settings: InstallSettings;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /**
   * Rate-limits the log lines that requests from machines cause.
   *
   * @default all are written
   */
  readonly admitsLine?: LineLimiter['admits'];
  /** True if other daemons may change the database. */
  readonly isShared: boolean;
  /**
   * Resolves after the first attempt to open the database.
   *
   * @default immediately
   */
  readonly databaseTried?: Promise<void>;
  /** Called when an installer has fetched its preseed or a script, or has reported that it has finished. */
  readonly onReport?: (report: InstallReport) => void;
  /** Called for each step of an installation, after it has been stored. */
  readonly onStep?: (install: Install, step: InstallStep) => void;
  /** Called when the hosts or the steps of their installations have changed, here or in another daemon. */
  readonly onChange?: () => void;
  /**
   * Returns the address that an installer should send its log to, given the address at which it reaches this
   * host; undefined if it should not send one.
   */
  readonly logTargetAt?: (host: string) => ListenAddress | undefined;
  /**
   * Limits on the installations of unknown machines.
   * @default UNKNOWN_BOUNDS
   */
  readonly unknownBounds?: UnknownBounds;
  /** Clock, in milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

export function createInstallService({
  settings: firstSettings,
  logger,
  admitsLine = () => true,
  isShared,
  databaseTried = Promise.resolve(),
  onReport,
  onStep,
  onChange,
  logTargetAt,
  unknownBounds = UNKNOWN_BOUNDS,
  now = Date.now,
}: InstallServiceOptions): InstallService {
  let settings = firstSettings;
  const context: InstallContext = { settings: () => settings, logger, admitsLine, now };
  const hosts = new HostIndex(settings.hosts);
  const preseeds = new HostPreseeds(context, hosts);
  const store = new InstallStore({ ...context, hosts, isShared, unknownBounds, onStep, onChange });
  const parts = { ...context, hosts, store, preseeds };
  const installers = new RunningInstallers(store, hosts);
  const unknownStarts = new WrongGuesses();
  let wasFull = false;

  async function cancelGone(): Promise<void> {
    for (const { name, install } of store.all()) {
      const isUnknown = settings.unknown.boot === 'install' && install.host.includes(':');
      if (
        isActive(install) &&
        install.preseed === undefined &&
        !isUnknown &&
        hosts.named(name) === undefined
      ) {
        await store.apply(name, { type: 'cancel', by: BY_CONFIGURATION, note: HOST_REMOVED });
      }
    }
  }

  async function tick(): Promise<void> {
    if (!store.isOpen) {
      return;
    }
    await cancelGone();
    for (const { name, install } of store.all()) {
      const change = afterEvent(install, { type: 'tick' }, now());
      if (change.ok && change.install !== install) {
        await store.apply(name, { type: 'tick' });
      }
    }
    await store.forget();
    if (store.isFull && !wasFull) {
      logger.warn(
        { event: 'install.unknown-full', installs: unknownBounds.all },
        `${unknownBounds.all} installations of unknown machines are stored; no other unknown machine is installed`,
      );
    }
    wasFull = store.isFull;
  }

  /**
   * Finds the installation to start. Requests may come from forged addresses, so an address that guesses ids
   * is not blocked altogether; only the database is no longer searched on its behalf.
   */
  async function startable(id: string, source: string): Promise<NamedInstall | undefined> {
    const known = store.find(id);
    if (known !== undefined || unknownStarts.isBlocked(source, now())) {
      return known;
    }
    unknownStarts.add(source, now());
    return store.search(id);
  }

  /** Logs that the database is unavailable, at most once a minute for each consequence. */
  const reportUnavailable = oncePerMinute((consequence, err: unknown) => {
    logger.warn({ event: 'install.state-unavailable', err }, consequence);
  });

  let isClosed = false;
  /** Runs work in the background, and logs its failure unless the service has been closed. */
  function inBackground(work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      if (isClosed) {
        // The daemon has stopped and closed the database.
        return;
      }
      reportUnavailable('cannot update installations', error);
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
        if (store.isOpen) {
          inBackground(() => store.refresh());
        }
      }, POLL_MS),
    );
  }
  timers.forEach((timer) => timer.unref());

  return {
    ...createHostCommands(parts),
    planOf: createInstallPlans({ ...parts, logTargetAt }),
    preview: createInstallPlans({ ...parts, logTargetAt, isPreview: true }),
    answer: createInstallAnswers({
      ...parts,
      onReport,
      onUnavailable: (error) => {
        reportUnavailable('cannot answer an installer', error);
      },
    }),
    async whenKnown() {
      await databaseTried;
      if (store.isOpen && !store.isRead) {
        await store.refresh().catch((error: unknown) => {
          reportUnavailable('cannot read hosts', error);
        });
      }
    },
    hosts: () =>
      hosts.all.map((host) => ({
        host,
        isConfigured: hosts.isConfigured(host),
        install: store.get(host.name.toLowerCase())?.install,
      })),
    async start(start, address) {
      try {
        const armedFor = await startable(start.slice(0, 16), sourceGroup(address));
        if (armedFor === undefined) {
          return 'there is no such installation';
        }
        const event = { type: 'start', boot: start.slice(16), address } as const;
        return (await store.apply(armedFor.name, event, armedFor.install)).reason;
      } catch (error) {
        reportUnavailable('cannot record a start', error);
        return 'the database is unavailable, so the start of the installation cannot be recorded';
      }
    },
    installerAt: (address) => installers.at(address),
    secretsOf({ id }) {
      const install = store.find(id)?.install;
      const template = install && settings.templates.get(install.profile);
      const rendered = template && preseeds.render(template, install);
      return [
        ...(install?.passphrase === undefined ? [] : [install.passphrase]),
        ...(rendered === undefined ? [] : secretsIn(rendered)),
      ];
    },
    heard({ id }, address) {
      const found = store.find(id);
      if (found !== undefined && store.isOpen) {
        inBackground(async () => {
          await store.apply(found.name, { type: 'seen', address }, found.install);
        });
      }
    },
    configure(next) {
      settings = next;
      hosts.configure(settings.hosts);
      onChange?.();
      inBackground(tick);
    },
    use(database) {
      store.use(database);
      inBackground(async () => {
        await store.refresh();
        await tick();
      });
    },
    close() {
      isClosed = true;
      timers.forEach((timer) => {
        clearInterval(timer);
      });
    },
  };
}
