import { type MachineIdentity } from '../access/machine-identity.js';
import { type HostSettings } from '../config/hosts.js';
import { type BootPlan, planOfHost, planOfUnknown } from '../hosts/boot-plan.js';
import { createHostTable, type HostTable, type Machine } from '../hosts/host-table.js';
import { macOf } from './install-context.js';

/** Hosts of the configuration and those added at run time, by name and by machine, with their plans. */
export class HostIndex {
  #configured: readonly HostSettings[];
  #added: readonly HostSettings[] = [];
  #table: HostTable = createHostTable();
  #plans = new Map<HostSettings, BootPlan>();
  #byName = new Map<string, HostSettings>();
  #revision = 0;

  constructor(configured: readonly HostSettings[]) {
    this.#configured = configured;
    this.#index();
  }

  /** Number that increases when the hosts added at run time change, and with each new configuration. */
  get revision(): number {
    return this.#revision;
  }

  /** All hosts; those of the configuration come first. */
  get all(): readonly HostSettings[] {
    return [...this.#plans.keys()];
  }

  /** Applies a new configuration. */
  configure(configured: readonly HostSettings[]): void {
    this.#configured = configured;
    this.#index();
  }

  /** Replaces the hosts that were added at run time; returns false if they are the same. */
  setAdded(added: readonly HostSettings[]): boolean {
    if (JSON.stringify(added) === JSON.stringify(this.#added)) {
      return false;
    }
    this.#added = added;
    this.#index();
    return true;
  }

  /** Returns true for a host of the configuration, which only the configuration can change. */
  isConfigured(host: HostSettings): boolean {
    return this.#configured.includes(host);
  }

  named(name: string): HostSettings | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  /** Returns the first host that matches a machine. */
  find(machine: Machine): HostSettings | undefined {
    return this.#table.find(machine);
  }

  /** Returns the plan of a host without an installation. */
  planOf(host: HostSettings): BootPlan {
    return this.#plans.get(host) ?? planOfUnknown('menu');
  }

  /**
   * Returns the MAC address and UUID that a host matches, or the MAC address that serves as the name of an
   * unknown machine; undefined if there are none.
   */
  identityOf(name: string): MachineIdentity | undefined {
    const { mac, uuid } = this.named(name)?.match ?? { mac: macOf(name) };
    const identity = { ...(mac !== undefined && { mac }), ...(uuid !== undefined && { uuid }) };
    return mac === undefined && uuid === undefined ? undefined : identity;
  }

  #index(): void {
    const names = new Set(this.#configured.map(({ name }) => name.toLowerCase()));
    const all = [
      ...this.#configured,
      ...this.#added.filter(({ name }) => !names.has(name.toLowerCase())),
    ];
    this.#table = createHostTable(all);
    this.#revision += 1;
    this.#byName = new Map(all.toReversed().map((host) => [host.name.toLowerCase(), host]));
    // The revision is part of the cache key of menus.
    this.#plans = new Map(
      all.map((host) => [
        host,
        { ...planOfHost(host), cacheKey: `${host.name} ${this.#revision}` },
      ]),
    );
  }
}
