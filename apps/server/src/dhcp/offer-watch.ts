import { type BootClient, type LeaseRequest } from '@pxe/dhcp-protocol/node';

/** Time that a machine has to load the boot file of an offer, in milliseconds. */
export const OFFER_PATIENCE_MS = 60_000;

/** Maximum number of machines remembered; the oldest are forgotten first. */
const MAX_MACHINES = 1024;

/** Offer of a boot file to a machine. */
export interface WatchedOffer {
  readonly client: BootClient;
  readonly file: string;
  /** Time of the first offer since the machine last loaded a file, in milliseconds. */
  readonly offeredAt: number;
  /**
   * Address of the DHCP server whose lease the machine has requested; undefined if it has not requested any.
   */
  readonly leasedFrom: string | undefined;
}

interface Machine extends WatchedOffer {
  address?: string;
  leasedFrom: string | undefined;
  isIgnoring: boolean;
}

/**
 * Machines that were offered a boot file and have not loaded it. A machine requests its lease by broadcast,
 * and loads the file from the leased address.
 */
export class OfferWatch {
  readonly #machines = new Map<string, Machine>();
  readonly #macs = new Map<string, string>();

  /** Offers that were ignored, and whose machines have loaded nothing since. */
  get ignored(): readonly WatchedOffer[] {
    return [...this.#machines.values()].filter(({ isIgnoring }) => isIgnoring);
  }

  /** Records an offer, unless one to the same machine is still waiting or was ignored. */
  offered(client: BootClient, file: string, now: number): void {
    if (this.#machines.has(client.mac)) {
      return;
    }
    const machine = { client, file, offeredAt: now, leasedFrom: undefined, isIgnoring: false };
    this.#machines.set(client.mac, machine);
    const [oldest] = this.#machines.keys();
    if (oldest !== undefined && this.#machines.size > MAX_MACHINES) {
      this.loaded(oldest);
    }
  }

  /** Records that a machine requests a lease. */
  leaseRequested({ mac, server, requested }: LeaseRequest): void {
    const machine = this.#machines.get(mac);
    if (machine === undefined) {
      return;
    }
    machine.leasedFrom = server;
    if (requested !== undefined) {
      this.#macs.delete(machine.address ?? '');
      machine.address = requested;
      this.#macs.set(requested, mac);
    }
  }

  /** Records that a machine has asked for the boot file. */
  loaded(mac: string): void {
    this.#macs.delete(this.#machines.get(mac)?.address ?? '');
    this.#machines.delete(mac);
  }

  /** Records that the client at an address has requested a file. */
  loadedAt(address: string): void {
    const mac = this.#macs.get(address);
    if (mac !== undefined) {
      this.loaded(mac);
    }
  }

  /** Returns the offers that have become ignored since the last call. */
  overdue(now: number): readonly WatchedOffer[] {
    const overdue = [...this.#machines.values()].filter(
      ({ offeredAt, isIgnoring }) => !isIgnoring && now - offeredAt >= OFFER_PATIENCE_MS,
    );
    for (const machine of overdue) {
      machine.isIgnoring = true;
    }
    return overdue;
  }
}
