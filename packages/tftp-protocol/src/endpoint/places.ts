/**
 * Slots of transfers: which requests get one, and which transfers are evicted.
 *
 * A source may hold at most half as many slots as are free. Beyond that, a new request evicts one of the
 * source's own transfers: a silent or half-open one, otherwise the stalest of its address with the most
 * transfers, if that address has more than twice as many as the address of the new request. When all slots are taken, it evicts a silent
 * transfer; failing that, one whose client has not proven its address; failing that, the stalest of the
 * source with the most transfers, on the same condition. Half-open transfers have a separate limit: the
 * lowest standing that has more than its guaranteed part loses a transfer. No standing can take all slots,
 * since a single host can give all its requests a high standing.
 */
import { type DropReason, REQUEST_STANDINGS, type RequestStanding } from './admission.js';
import { type EvictingLimit } from './endpoint-events.js';
import { type EndpointLimits } from './limits.js';
import { NestedShares } from './nested-shares.js';
import { type ServerTransfer } from './server-transfer.js';

/** Time without progress after which a transfer may be evicted, in milliseconds. */
export const SILENT_MS = 10_000;

/** Minimum interval at which progress of a transfer is noted, in milliseconds. */
const NOTE_EVERY_MS = 1_000;

/** Part of the half-open transfers that is guaranteed to each standing. */
const HALF_OPEN_PARTS: Readonly<Record<RequestStanding, number>> = {
  new: 1 / 4,
  repeated: 1 / 4,
  known: 1 / 2,
};

/** Ends a transfer, which releases its slot. */
type Evict<Local> = (transfer: ServerTransfer<Local>, limit: EvictingLimit) => void;

/** Slots of transfers. */
export class Places<Local> {
  readonly #limits: EndpointLimits;
  readonly #evict: Evict<Local>;
  /** All transfers by source, in order of their last progress, oldest first. */
  readonly #shares = new NestedShares<ServerTransfer<Local>>();
  /** Transfers whose client has not proven its address, by the standing of their request. */
  readonly #halfOpen: Readonly<Record<RequestStanding, NestedShares<ServerTransfer<Local>>>> = {
    new: new NestedShares(),
    repeated: new NestedShares(),
    known: new NestedShares(),
  };

  constructor(limits: EndpointLimits, evict: Evict<Local>) {
    this.#limits = limits;
    this.#evict = evict;
  }

  /** Number of transfers whose client has not proven its address. */
  get halfOpen(): number {
    return REQUEST_STANDINGS.reduce((sum, standing) => sum + this.#halfOpen[standing].size, 0);
  }

  /**
   * Gives a transfer a slot; may evict another one.
   *
   * @returns undefined, or the reason if there is no slot
   */
  take(transfer: ServerTransfer<Local>, now: number): DropReason | undefined {
    const reason = this.#makeRoom(transfer, now);
    if (reason === undefined) {
      this.#shares.add(transfer);
      this.#halfOpen[transfer.standing].add(transfer);
    }
    return reason;
  }

  /** Releases the slot of a transfer. */
  giveBack(transfer: ServerTransfer<Local>): void {
    this.#shares.remove(transfer);
    this.#halfOpen[transfer.standing].remove(transfer);
  }

  /** Records that the client of a transfer has proven its address. */
  proven(transfer: ServerTransfer<Local>): void {
    this.#halfOpen[transfer.standing].remove(transfer);
  }

  /** Records that a transfer made progress at the time `at`, in milliseconds. */
  progressed(transfer: ServerTransfer<Local>, at: number): void {
    if (at - transfer.notedAt >= NOTE_EVERY_MS) {
      transfer.notedAt = at;
      this.#shares.touch(transfer);
    }
  }

  /**
   * Returns the transfer to evict for one that has a slot but lacks another resource; undefined if none may
   * be evicted.
   */
  dispensableFor(
    { source }: ServerTransfer<Local>,
    now: number,
  ): ServerTransfer<Local> | undefined {
    const { stalestOfLargest, stalest, largestShare } = this.#shares;
    const silent = [stalestOfLargest, stalest].find((each) => isSilent(each, now));
    const isUnfair = largestShare > 2 * this.#shares.countOf(source);
    return silent ?? (isUnfair ? stalestOfLargest : undefined);
  }

  #makeRoom(newcomer: ServerTransfer<Local>, now: number): DropReason | undefined {
    const { source, standing } = newcomer;
    const { maxTransfers, maxTransfersPerSource, maxHalfOpen } = this.#limits;
    const held = this.#shares.countOf(source);
    const free = maxTransfers - this.#shares.size;
    if (held >= Math.min(maxTransfersPerSource, Math.max(1, free / 2))) {
      if (!this.#makeRoomInSource(newcomer, now)) {
        return 'tooManyFromSource';
      }
    } else if (free <= 0) {
      const { stalestOfLargest, stalest, largestShare } = this.#shares;
      const isFreed =
        this.#evictSilent(stalestOfLargest, now) ||
        this.#evictSilent(stalest, now) ||
        this.#makeHalfOpenRoom(standing, 'maxTransfers') ||
        (largestShare > 2 * (held + 1) && this.#evictFor(stalestOfLargest, 'maxTransfers'));
      if (!isFreed) {
        return 'tooManyTransfers';
      }
    }
    const isFull = this.halfOpen >= maxHalfOpen;
    const isHeld = isFull && !this.#makeHalfOpenRoom(standing, 'maxHalfOpen');
    return isHeld ? 'overload' : undefined;
  }

  /** Evicts a transfer of the newcomer's own source; returns false if none may be evicted. */
  #makeRoomInSource({ source, remote }: ServerTransfer<Local>, now: number): boolean {
    const addresses = this.#shares.within(source);
    const largest = addresses?.stalestOfLargest;
    const silent = [largest, addresses?.stalest].find((each) => !isProgressing(each, now));
    if (silent !== undefined || addresses === undefined) {
      return this.#evictFor(silent, 'maxTransfersPerSource');
    }
    const isUnfair = addresses.largestShare > 2 * (addresses.countOf(remote.address) + 1);
    return isUnfair && this.#evictFor(largest, 'maxTransfersPerSource');
  }

  /**
   * Evicts a half-open transfer. Chooses the lowest standing that has more than its part, then the source
   * with the most transfers of that standing, then its address with the most, and evicts the stalest transfer
   * of that address. A client on the same link acknowledges within milliseconds, long before a flood evicts
   * it; a remote one repeats its request and outranks the flood.
   */
  #makeHalfOpenRoom(standing: RequestStanding, limit: EvictingLimit): boolean {
    const overfull = REQUEST_STANDINGS.find((each) => this.#exceedsPart(each, standing));
    const lowest = REQUEST_STANDINGS.find((each) => this.#halfOpen[each].size > 0) ?? standing;
    const isOutranked = REQUEST_STANDINGS.indexOf(standing) < REQUEST_STANDINGS.indexOf(lowest);
    const from = overfull ?? (isOutranked ? standing : lowest);
    return this.#evictFor(this.#halfOpen[from].stalestOfLargest, limit);
  }

  #exceedsPart(standing: RequestStanding, newcomers: RequestStanding): boolean {
    const size = this.#halfOpen[standing].size + (standing === newcomers ? 1 : 0);
    return size > Math.floor(HALF_OPEN_PARTS[standing] * this.#limits.maxHalfOpen);
  }

  /** Evicts a transfer if its client has proven its address and fallen silent; otherwise returns false. */
  #evictSilent(transfer: ServerTransfer<Local> | undefined, now: number): boolean {
    return isSilent(transfer, now) && this.#evictFor(transfer, 'maxTransfers');
  }

  #evictFor(transfer: ServerTransfer<Local> | undefined, limit: EvictingLimit): boolean {
    if (transfer === undefined) {
      return false;
    }
    this.#evict(transfer, limit);
    return true;
  }
}

function isProgressing<Local>(transfer: ServerTransfer<Local> | undefined, now: number): boolean {
  const { machine } = transfer ?? {};
  return machine?.isPeerProven === true && now - machine.progressedAt < SILENT_MS;
}

/** Returns true if the client of a transfer has proven its address and fallen silent. */
function isSilent<Local>(transfer: ServerTransfer<Local> | undefined, now: number): boolean {
  return transfer?.isPeerProven === true && !isProgressing(transfer, now);
}
