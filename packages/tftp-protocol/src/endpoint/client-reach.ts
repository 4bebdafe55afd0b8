/**
 * Reachability of clients from ports other than the one that received their request. NAT and firewalls may
 * drop datagrams from such a port; the client then repeats its request, from the same or a new port.
 */
import { FairShares } from './fair-shares.js';
import { type TftpEndpointAddress } from './peer-table.js';
import { RecentAddresses } from './recent-addresses.js';

/** Age of a request, in milliseconds, from which its repetition means that the answers do not arrive. */
const FALLBACK_MS = 900;

/** Time within which a client that got no answer tries again, in milliseconds. */
const SILENT_MS = 60_000;

/** Time for which findings about an address are kept, in milliseconds. */
const KNOWN_MS = 3_600_000;

/** Maximum number of remembered addresses of each kind. */
const MAX_ADDRESSES = 1_024;

/** Properties of a transfer that are needed here. */
interface OwnPortTransfer {
  readonly remote: TftpEndpointAddress;
  readonly startedAt: number;
}

/** Reachability of clients from ports other than the one that received their request. */
export class ClientReach<Transfer extends OwnPortTransfer> {
  /** Transfers answered from their own socket whose clients have not answered there yet. */
  readonly #unanswered = new FairShares<Transfer>();
  readonly #byListenerOnly = new RecentAddresses(MAX_ADDRESSES, KNOWN_MS);
  readonly #byOwnPorts = new RecentAddresses(MAX_ADDRESSES, KNOWN_MS);
  readonly #silent = new RecentAddresses(MAX_ADDRESSES, SILENT_MS);

  /** Longest-waiting transfer of the address that has the most transfers in `#unanswered`. */
  get stalestUnanswered(): Transfer | undefined {
    return this.#unanswered.stalestOfLargest;
  }

  /** Records that a transfer was answered from its own socket. */
  answered(transfer: Transfer): void {
    this.#unanswered.add(transfer.remote.address, transfer);
  }

  /** Records the end of a transfer. */
  ended(transfer: Transfer): void {
    this.#unanswered.remove(transfer.remote.address, transfer);
  }

  /** Records that the client of a transfer has answered on the transfer's own socket. */
  heard(transfer: Transfer, now: number): void {
    const { address } = transfer.remote;
    this.#unanswered.remove(address, transfer);
    this.#byListenerOnly.delete(address);
    this.#silent.delete(address);
    this.#byOwnPorts.note(address, now);
  }

  /** Records that a transfer was given up before its client answered on the transfer's own socket. */
  lost({ remote }: Transfer, now: number): void {
    this.#silent.note(remote.address, now);
  }

  /**
   * Records that a client was reached from the listening port, but not from another port. Does nothing if
   * such a port recently reached a client at this address: it is then the address of a router.
   */
  heardByListenerOnly(address: string, now: number): void {
    if (!this.#byOwnPorts.has(address, now)) {
      this.#byListenerOnly.note(address, now);
    }
  }

  /** Returns true if an address is known to be reachable from the listening port only. */
  isByListenerOnly(address: string, now: number): boolean {
    return this.#byListenerOnly.has(address, now);
  }

  /**
   * Returns true if the clients at an address, which may use a new port for each request, seem unreachable
   * from a transfer's own socket. If some are reachable, the address is a router's, and a silent client
   * behind it may just have been turned off.
   */
  isOutOfReach(address: string, now: number): boolean {
    if (this.#byOwnPorts.has(address, now)) {
      return false;
    }
    const earlier = this.#unanswered.stalestOf(address);
    return earlier === undefined ? this.#silent.has(address, now) : this.hasWaitedFor(earlier, now);
  }

  /**
   * Returns true if a transfer is old enough that a repeated request means its client received no answer.
   */
  hasWaitedFor({ startedAt }: Transfer, now: number): boolean {
    return now - startedAt >= FALLBACK_MS;
  }
}
