import { randomBytes } from 'node:crypto';

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
  readHosts,
  readInstalls,
  type StoredInstall,
  writeInstall,
} from '../state/install-table.js';
import { type StateTables } from '../state/tables.js';
import { HostError } from './host-error.js';
import { type HostIndex } from './host-index.js';
import { BY_CONFIGURATION, type InstallContext, MAX_OFFERED } from './install-context.js';

/** Maximum number of attempts to make a change while other daemons make changes, too. */
const MAX_ATTEMPTS = 5;

/** Messages of the log. */
const STEPS: Readonly<Record<InstallState, string>> = {
  armed: 'armed for an installation',
  started: 'the installation has started',
  installed: 'installed',
  failed: 'the installation failed',
  expired: 'no longer armed',
  cancelled: 'the installation was cancelled',
};

/** Installation, and the name that it is stored by: that of its host in lower case, or a MAC address. */
export interface NamedInstall {
  readonly name: string;
  readonly install: Install;
}

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
  /** Called for each step of an installation, after it has been stored. */
  readonly onStep?: ((install: Install, step: InstallStep) => void) | undefined;
}

/**
 * Installations of the database, which other daemons may change as well, and those that the configuration
 * asks for, until the machine starts one.
 */
export class InstallStore {
  readonly #options: InstallStoreOptions;
  #db: Kysely<StateTables> | undefined;
  #stored = new Map<string, StoredInstall>();
  readonly #offered = new LRUCache<string, Install>({ max: MAX_OFFERED });
  #isRead = false;
  #revision = 0;

  constructor(options: InstallStoreOptions) {
    this.#options = options;
  }

  /** True once there has been a database. */
  get isOpen(): boolean {
    return this.#db !== undefined;
  }

  /** Number of times that a stored installation may have changed. */
  get revision(): number {
    return this.#revision;
  }

  /** @throws HostError when there is no database */
  get db(): Kysely<StateTables> {
    if (this.#db === undefined) {
      throw unavailable();
    }
    return this.#db;
  }

  /** @throws HostError when there is no database */
  assertOpen(): void {
    if (!this.isOpen) {
      throw unavailable();
    }
  }

  /** Uses a database from now on, also after an outage. */
  use(db: Kysely<StateTables>): void {
    this.#db = db;
  }

  /** Returns the last installation of a host, as it was read last. */
  get(name: string): StoredInstall | undefined {
    return this.#stored.get(name);
  }

  /** Returns the stored installations. */
  all(): readonly NamedInstall[] {
    return [...this.#stored].map(([name, { install }]) => ({ name, install }));
  }

  /** Reads hosts and installations again. */
  async refresh(): Promise<void> {
    const [hosts, stored] = [await readHosts(this.db), await readInstalls(this.db)];
    this.#stored = new Map(stored);
    this.#revision += 1;
    this.#options.hosts.setAdded(hosts);
    this.#isRead = true;
  }

  /** Reads hosts and installations again if other daemons may have changed them. */
  async refreshIfShared(): Promise<void> {
    if (this.#options.isShared) {
      await this.refresh();
    }
  }

  /**
   * Applies an event to the installation of a host, exactly once among all daemons.
   *
   * @param expected - the installation that the event is about; any if it is left out
   */
  async apply(name: string, event: InstallEvent, expected?: Install): Promise<AppliedEvent> {
    const { db } = this;
    const { isShared, now } = this.#options;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (attempt > 0 || isShared) {
        await this.refresh();
      }
      const stored = this.#stored.get(name);
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
      const version = await writeInstall(db, install, stored?.version);
      if (version !== undefined) {
        this.#put(name, { install, version }, before);
        return { install };
      }
    }
    return { reason: 'too many other changes at the same time' };
  }

  /** Stores a new installation in place of the last one; returns false if another daemon was first. */
  async replace(
    { name, install }: NamedInstall,
    last: StoredInstall | undefined,
  ): Promise<boolean> {
    const version = await writeInstall(this.db, install, last?.version);
    if (version === undefined) {
      await this.refresh();
      return false;
    }
    this.#put(name, { install, version }, undefined);
    return true;
  }

  /** Returns the installation that the configuration asks for, unless the state of the host is unknown. */
  offer(name: string, host: string, profile: string | undefined): Install | undefined {
    if (!this.#isRead || profile === undefined) {
      return undefined;
    }
    const before = this.#offered.get(name);
    const offer =
      before ??
      armed({ ...freshIds(), host, profile, retries: 0 }, BY_CONFIGURATION, this.#options.now());
    this.#offered.set(name, offer);
    return offer;
  }

  /** Finds an installation by its id, stored or offered. */
  find(id: string): NamedInstall | undefined {
    for (const [name, { install }] of this.#stored) {
      if (install.id === id) {
        return { name, install };
      }
    }
    for (const [name, install] of this.#offered.entries()) {
      if (install.id === id && !this.#stored.has(name)) {
        return { name, install };
      }
    }
    return undefined;
  }

  /** Finds an installation by its id, asking a shared database as well. */
  async findStored(id: string): Promise<NamedInstall | undefined> {
    if (this.isOpen) {
      await this.refreshIfShared();
    }
    return this.find(id);
  }

  #put(name: string, stored: StoredInstall, before: Install | undefined): void {
    const { logger, onStep } = this.#options;
    this.#stored.set(name, stored);
    this.#revision += 1;
    this.#offered.delete(name);
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
}

function unavailable(): HostError {
  return new HostError(
    'unavailable',
    'installations and added hosts need the database, which is not available',
    'set state to on, or see the log for why it cannot be opened',
  );
}

/** Returns the id and the key of a new installation. */
export function freshIds(): Pick<Install, 'id' | 'key'> {
  return { id: randomBytes(8).toString('hex'), key: randomBytes(32).toString('hex') };
}
