import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { type Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';

import {
  afterEvent,
  armed,
  type Install,
  type InstallEvent,
  type InstallState,
  type InstallStep,
} from '../hosts/install.js';
import {
  type ChangeCounts,
  deleteInstalls,
  readChangeCounts,
  readHosts,
  readInstall,
  readInstalls,
  replaceUnreadable,
  type StoredInstall,
  writeInstall,
} from '../state/install-table.js';
import { type StateTables } from '../state/tables.js';
import { HostError } from './host-error.js';
import { type HostIndex } from './host-index.js';
import {
  BY_CONFIGURATION,
  type InstallContext,
  macOf,
  MAX_OFFERED,
  type NamedInstall,
} from './install-context.js';
import { forgettable, type UnknownBounds } from './install-retention.js';
import { singleFlight } from './single-flight.js';

/** Maximum number of attempts to make a change while other daemons are making changes. */
const MAX_ATTEMPTS = 5;
/** Minimum interval between reads of the database in search of unknown installations, in milliseconds. */
const SEARCH_EVERY_MS = 500;
/** Maximum number of installations that one SQL statement removes. */
const DELETED_AT_ONCE = 100;

/** Log message for each state. */
const STEPS: Readonly<Record<InstallState, string>> = {
  armed: 'armed for an installation',
  started: 'the installation has started',
  installed: 'installed',
  failed: 'the installation failed',
  expired: 'no longer armed',
  cancelled: 'the installation was cancelled',
};

/** Result of {@link InstallStore.apply}. */
export interface AppliedEvent {
  readonly install?: Install;
  /** Reason why nothing has changed. */
  readonly reason?: string;
}

export interface InstallStoreOptions extends InstallContext {
  readonly hosts: HostIndex;
  /** True if other daemons may change the database. */
  readonly isShared: boolean;
  readonly unknownBounds: UnknownBounds;
  /** Called for each step of an installation, after it has been stored. */
  readonly onStep?: ((install: Install, step: InstallStep) => void) | undefined;
  /** Called when the hosts or the steps of their installations have changed, here or in another daemon. */
  readonly onChange?: (() => void) | undefined;
}

/**
 * Installations in the database, which other daemons may change as well, and those that the configuration
 * requests and the machine has not started yet.
 */
export class InstallStore {
  readonly #options: InstallStoreOptions;
  #db: Kysely<StateTables> | undefined;
  #stored = new Map<string, StoredInstall>();
  /** Offers to hosts. Those to unknown machines, whose MAC addresses may be made up, do not displace them. */
  readonly #offeredHosts = this.#offers(MAX_OFFERED);
  readonly #offeredUnknown: LRUCache<string, Install>;
  /** Names of stored and offered installations, by id. */
  #names = new Map<string, string>();
  /** Last event that is being applied to each installation, by name. */
  readonly #applying = new Map<string, Promise<AppliedEvent>>();
  /** For each read in flight: the names whose installations have changed here since it began. */
  readonly #changes = new Set<Set<string>>();
  /** Pending search for unknown installations that has not started to read yet. */
  #search: Promise<void> | undefined;
  #searchedAt = -Infinity;
  #isRead = false;
  /** Changes that have been read; undefined until everything has been read. */
  #seen: ChangeCounts | undefined;
  /** Number of stored installations of unknown machines, and the revision at which they were counted. */
  #unknown = { count: 0, revision: 0 };
  #revision = 0;

  constructor(options: InstallStoreOptions) {
    this.#options = options;
    this.#offeredUnknown = this.#offers(options.unknownBounds.offered);
  }

  /** True once there has been a database. */
  get isOpen(): boolean {
    return this.#db !== undefined;
  }

  /** True once the hosts and installations of the database have been read. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** Counter that increases whenever a stored installation may have changed. */
  get revision(): number {
    return this.#revision;
  }

  /** Database in use. @throws {@link HostError} when there is none */
  get db(): Kysely<StateTables> {
    if (this.#db === undefined) {
      throw unavailable();
    }
    return this.#db;
  }

  /** Checks that there is a database. @throws {@link HostError} when there is none */
  assertOpen(): void {
    if (!this.isOpen) {
      throw unavailable();
    }
  }

  /** Switches to a database, at the start or after an outage. */
  use(db: Kysely<StateTables>): void {
    this.#db = db;
    this.#seen = undefined;
  }

  /** Returns the last installation of a host, as last read. */
  get(name: string): StoredInstall | undefined {
    return this.#stored.get(name);
  }

  /** Returns the stored installations. */
  all(): readonly NamedInstall[] {
    return [...this.#stored].map(([name, { install }]) => ({ name, install }));
  }

  /**
   * True if the installations of unknown machines have reached their limit, so that no further unknown
   * machine is installed.
   */
  get isFull(): boolean {
    if (this.#unknown.revision !== this.#revision) {
      const names = [...this.#stored.keys()].filter((name) => macOf(name) !== undefined);
      this.#unknown = { count: names.length, revision: this.#revision };
    }
    return this.#unknown.count >= this.#options.unknownBounds.all;
  }

  /**
   * Reads hosts and installations again; from a shared database, only what has changed. If called
   * concurrently, the first call reads immediately, and the others share one further read.
   */
  readonly refresh: () => Promise<void> = singleFlight(() => this.#readChanges());

  /** Reads the installation of one host again if other daemons may have changed it. */
  async rereadIfShared(name: string): Promise<void> {
    if (this.#options.isShared) {
      await this.#reread(name);
    }
  }

  /**
   * Applies an event to the installation of a host, exactly once among all daemons.
   *
   * @param expected - installation that the event is about; any if omitted
   */
  async apply(name: string, event: InstallEvent, expected?: Install): Promise<AppliedEvent> {
    // One event of an installation at a time: a client with many connections would otherwise cause only conflicts.
    const before = this.#applying.get(name);
    const applied = this.#applyAfter(before, name, event, expected);
    this.#applying.set(name, applied);
    try {
      return await applied;
    } finally {
      if (this.#applying.get(name) === applied) {
        this.#applying.delete(name);
      }
    }
  }

  async #applyAfter(
    before: Promise<unknown> | undefined,
    name: string,
    event: InstallEvent,
    expected: Install | undefined,
  ): Promise<AppliedEvent> {
    await before?.catch(() => undefined);
    const { db } = this;
    const { isShared, now } = this.#options;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (attempt > 0 || isShared) {
        await this.#reread(name);
      }
      const stored = this.#stored.get(name);
      const before = stored?.install ?? expected;
      if (before === undefined) {
        return { reason: 'this host has no installation' };
      }
      if (expected !== undefined && before.id !== expected.id) {
        return { reason: 'another installation of this host has been armed since' };
      }
      if (stored === undefined && macOf(name) !== undefined && this.isFull) {
        return { reason: 'no more unknown machines are installed' };
      }
      const change = afterEvent(before, event, now());
      if (!change.ok) {
        return { reason: change.reason };
      }
      const { install } = change;
      if (install === stored?.install) {
        return { install };
      }
      const version = await writeInstall(db, install, stored?.version);
      if (version !== undefined) {
        this.#put(name, { install, version }, before);
        return { install };
      }
    }
    return { reason: 'too many other changes at the same time' };
  }

  /**
   * Replaces the last installation of a host with a new one, even if the last one cannot be read; returns
   * false if another daemon was first.
   *
   * @throws {@link HostError} when a newer version has written a record that this version cannot read
   */
  async replace(
    { name, install }: NamedInstall,
    last: StoredInstall | undefined,
  ): Promise<boolean> {
    let version = await writeInstall(this.db, install, last?.version);
    if (version === undefined && last === undefined) {
      version = await this.#replaceUnreadable(install);
    }
    if (version === undefined) {
      await this.#reread(name);
      return false;
    }
    this.#put(name, { install, version }, undefined);
    return true;
  }

  async #replaceUnreadable(install: Install): Promise<number | undefined> {
    const { logger } = this.#options;
    const { host } = install;
    const version = await replaceUnreadable(this.db, install);
    if (version === 'newer') {
      const message = `a newer version of pxeboot has written the installation of ${host}, and this version cannot read it`;
      logger.warn({ event: 'install.newer', host }, message);
      throw new HostError('conflict', message, 'run this command against a daemon of that version');
    }
    if (version !== undefined) {
      logger.warn(
        { event: 'install.replaced', host },
        `${host}: the record of the last installation could not be read, and was replaced`,
      );
    }
    return version;
  }

  /** Removes the installations of unknown machines that may be forgotten (see {@link forgettable}). */
  async forget(): Promise<void> {
    const { unknownBounds, now } = this.#options;
    const old = forgettable(this.all(), unknownBounds, now()).flatMap(({ name }) => {
      const version = this.#stored.get(name)?.version;
      return version === undefined ? [] : [{ name, version }];
    });
    for (let first = 0; first < old.length; first += DELETED_AT_ONCE) {
      const part = old.slice(first, first + DELETED_AT_ONCE);
      for (const name of await deleteInstalls(this.db, part)) {
        this.#set(name, undefined);
        this.#changes.forEach((changed) => changed.add(name));
      }
    }
    if (old.length > 0) {
      this.#options.onChange?.();
    }
  }

  #offers(max: number): LRUCache<string, Install> {
    return new LRUCache({ max, dispose: ({ id }) => this.#names.delete(id) });
  }

  /** Returns the offers among which that of a name is. */
  #offered(name: string): LRUCache<string, Install> {
    return macOf(name) === undefined ? this.#offeredHosts : this.#offeredUnknown;
  }

  /**
   * Returns the installation that the configuration requests; undefined without a profile, or while the
   * stored installations are unknown.
   */
  offer(name: string, host: string, profile: string | undefined): Install | undefined {
    if (!this.#isRead || profile === undefined) {
      return undefined;
    }
    const before = this.#offered(name).get(name);
    const offer =
      before ??
      armed({ ...freshIds(), host, profile, retries: 0 }, BY_CONFIGURATION, this.#options.now());
    this.#offered(name).set(name, offer);
    this.#names.set(offer.id, name);
    return offer;
  }

  /** Returns what {@link offer} would return, without offering it. */
  peekOffer(name: string, host: string, profile: string | undefined): Install | undefined {
    if (!this.#isRead || profile === undefined) {
      return undefined;
    }
    return (
      this.#offered(name).peek(name) ??
      armed({ ...freshIds(), host, profile, retries: 0 }, BY_CONFIGURATION, this.#options.now())
    );
  }

  /** Finds a stored or offered installation by its id, as last read. */
  find(id: string): NamedInstall | undefined {
    const name = this.#names.get(id);
    if (name === undefined) {
      return undefined;
    }
    const stored = this.#stored.get(name);
    const install = stored === undefined ? this.#offered(name).peek(name) : stored.install;
    return install?.id === id ? { name, install } : undefined;
  }

  /**
   * Finds an installation by its id, including one that another daemon has just stored. The database is read
   * at most every half second, however many unknown ids are searched for.
   */
  async search(id: string): Promise<NamedInstall | undefined> {
    const known = this.find(id);
    if (known !== undefined || !this.#options.isShared || !this.isOpen) {
      return known;
    }
    this.#search ??= this.#searchSoon();
    await this.#search;
    return this.find(id);
  }

  async #searchSoon(): Promise<void> {
    const pauseMs = this.#searchedAt + SEARCH_EVERY_MS - performance.now();
    await delay(Math.max(0, pauseMs), undefined, { ref: false });
    this.#search = undefined;
    this.#searchedAt = performance.now();
    await this.refresh();
  }

  async #readChanges(): Promise<void> {
    const { db } = this;
    const counts = await readChangeCounts(db);
    const seen = this.#options.isShared ? this.#seen : undefined;
    // A database that was restored may have lower counts than before.
    if (
      counts.removedInstalls !== seen?.removedInstalls ||
      counts.installs < seen.installs ||
      counts.hosts < seen.hosts
    ) {
      await this.#readAll();
    } else {
      if (counts.hosts !== seen.hosts) {
        if (this.#options.hosts.setAdded(await readHosts(db))) {
          this.#options.onChange?.();
        }
      }
      if (counts.installs !== seen.installs) {
        await this.#readInstallsAfter(seen.installs);
      }
    }
    // If the database was replaced in the meantime, everything is read again next time.
    if (db === this.#db) {
      this.#seen = counts;
    }
  }

  async #readInstallsAfter(change: number): Promise<void> {
    const { result, changed } = await this.#read(() => readInstalls(this.db, change));
    for (const [name, stored] of result) {
      if (!changed.has(name)) {
        this.#setIfOther(name, stored);
      }
    }
  }

  async #readAll(): Promise<void> {
    const { result, changed } = await this.#read(async () => ({
      hosts: await readHosts(this.db),
      stored: new Map(await readInstalls(this.db)),
    }));
    const { hosts, stored } = result;
    for (const name of changed) {
      const current = this.#stored.get(name);
      if (current === undefined) {
        stored.delete(name);
      } else {
        stored.set(name, current);
      }
    }
    const before = this.#stored;
    this.#stored = stored;
    this.#names = new Map([
      ...[this.#offeredHosts, this.#offeredUnknown].flatMap((offers) =>
        [...offers.entries()].map(([name, { id }]) => [id, name] as const),
      ),
      ...[...stored].map(([name, { install }]) => [install.id, name] as const),
    ]);
    this.#revision += 1;
    const haveHostsChanged = this.#options.hosts.setAdded(hosts);
    this.#isRead = true;
    if (haveHostsChanged || !haveSameSteps(before, stored)) {
      this.#options.onChange?.();
    }
  }

  async #reread(name: string): Promise<void> {
    const { result: stored, changed } = await this.#read(() => readInstall(this.db, name));
    if (!changed.has(name)) {
      this.#setIfOther(name, stored);
    }
  }

  /** Stores what was read only if it is new, since each new revision costs a count of all installations. */
  #setIfOther(name: string, stored: StoredInstall | undefined): void {
    const known = this.#stored.get(name);
    if (stored?.version !== known?.version || stored?.install.id !== known?.install.id) {
      this.#set(name, stored);
      this.#options.onChange?.();
    }
  }

  /**
   * Reads the database, and records which installations change here in the meantime, since the result may be
   * older than these changes.
   */
  async #read<T>(
    query: () => Promise<T>,
  ): Promise<{ readonly result: T; readonly changed: ReadonlySet<string> }> {
    const changed = new Set<string>();
    this.#changes.add(changed);
    try {
      return { result: await query(), changed };
    } finally {
      this.#changes.delete(changed);
    }
  }

  #set(name: string, stored: StoredInstall | undefined): void {
    this.#names.delete(this.#stored.get(name)?.install.id ?? '');
    if (stored === undefined) {
      this.#stored.delete(name);
    } else {
      this.#stored.set(name, stored);
      this.#names.set(stored.install.id, name);
    }
    this.#revision += 1;
  }

  #put(name: string, stored: StoredInstall, before: Install | undefined): void {
    const { logger, onStep, onChange } = this.#options;
    this.#offered(name).delete(name);
    this.#set(name, stored);
    this.#changes.forEach((changed) => changed.add(name));
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
    if (install.steps.at(-1) !== before?.steps.at(-1)) {
      onChange?.();
    }
  }
}

/** Returns true if both have the same installations, each with the same last step. */
function haveSameSteps(
  before: ReadonlyMap<string, StoredInstall>,
  after: ReadonlyMap<string, StoredInstall>,
): boolean {
  return (
    before.size === after.size &&
    [...after].every(([name, { install }]) => {
      const known = before.get(name)?.install;
      return known?.id === install.id && known.steps.at(-1)?.at === install.steps.at(-1)?.at;
    })
  );
}

function unavailable(): HostError {
  return new HostError(
    'unavailable',
    'installations and added hosts need the database, which is unavailable',
    'set state to on, or see the log for why it cannot be opened',
  );
}

/** Returns the id and the key of a new installation. */
export function freshIds(): Pick<Install, 'id' | 'key'> {
  return { id: randomBytes(8).toString('hex'), key: randomBytes(32).toString('hex') };
}
