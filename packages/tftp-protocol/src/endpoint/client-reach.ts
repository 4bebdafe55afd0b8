import { FairShares } from './fair-shares.js';
/**
 * Which clients hear what is sent from a port other than the one that they asked. NAT and firewalls
 * may drop that, and the client then repeats its request: from the same port, or from a new one.
 */
import { type TftpEndpointAddress } from './peer-table.js';
import { RecentAddresses } from './recent-addresses.js';

/** A client that repeats its request after this time does not get the answers, in milliseconds. */
const FALLBACK_MS = 900;

/** A client that did not answer asks again within this time, in milliseconds. */
const SILENT_MS = 60_000;

/** What was found out about an address holds for this time, in milliseconds. */
const KNOWN_MS = 3_600_000;

/** Addresses remembered of each kind. */
const MAX_ADDRESSES = 1_024;

/** A transfer, as far as it matters here. */
interface OwnPortTransfer {
  readonly remote: TftpEndpointAddress;
  readonly startedAt: number;
}

/** Which clients hear what is sent from a port other than the one that they asked. */
export class ClientReach<Transfer extends OwnPortTransfer> {
  /** Transfers that were answered from a socket of their own, and have heard nothing since. */
  readonly #unanswered = new FairShares<Transfer>();
  readonly #byListenerOnly = new RecentAddresses(MAX_ADDRESSES, KNOWN_MS);
  readonly #byOwnPorts = new RecentAddresses(MAX_ADDRESSES, KNOWN_MS);
  readonly #silent = new RecentAddresses(MAX_ADDRESSES, SILENT_MS);

  /** The one of them that has waited longest, of the address that has most. */
  get stalestUnanswered(): Transfer | undefined {
    return this.#unanswered.stalestOfLargest;
  }

  /** A transfer is answered from a socket of its own. */
  answered(transfer: Transfer): void {
    this.#unanswered.add(transfer.remote.address, transfer);
  }

  /** A transfer is over. */
  ended(transfer: Transfer): void {
    this.#unanswered.remove(transfer.remote.address, transfer);
  }

  /** The client of a transfer has answered to its socket. */
  heard(transfer: Transfer, now: number): void {
    const { address } = transfer.remote;
    this.#unanswered.remove(address, transfer);
    this.#byListenerOnly.delete(address);
    this.#silent.delete(address);
    this.#byOwnPorts.note(address, now);
  }

  /** The client of a transfer was given up, and had not answered to its socket. */
  lost({ remote }: Transfer, now: number): void {
    this.#silent.note(remote.address, now);
  }

  /**
   * A client has answered to the port that it asked, after it did not hear another one. Others of its
   * address may hear those, when it is that of a router.
   */
  heardByListenerOnly(address: string, now: number): void {
    if (!this.#byOwnPorts.has(address, now)) {
      this.#byListenerOnly.note(address, now);
    }
  }

  /** Whether {@link heardByListenerOnly} holds of an address. */
  isByListenerOnly(address: string, now: number): boolean {
    return this.#byListenerOnly.has(address, now);
  }

  /**
   * Whether a client of an address, which may ask from a new port each time, does not seem to hear
   * what a socket of its transfer's own sends. Where some are heard, an address is a router's, and
   * another client of it may just have been turned off.
   */
  isOutOfReach(address: string, now: number): boolean {
    if (this.#byOwnPorts.has(address, now)) {
      return false;
    }
    const earlier = this.#unanswered.stalestOf(address);
    return earlier === undefined ? this.#silent.has(address, now) : this.hasWaitedFor(earlier, now);
  }

  /** Whether a transfer has waited for its client so long that a request which comes now says it heard nothing. */
  hasWaitedFor({ startedAt }: Transfer, now: number): boolean {
    return now - startedAt >= FALLBACK_MS;
  }
}
