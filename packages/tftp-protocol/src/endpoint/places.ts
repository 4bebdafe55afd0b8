/**
 * Who gets a place among the transfers, and who gives one up.
 *
 * A source may have half of the places that it leaves free, and gives up a silent transfer of its own
 * for more. When all places are taken, one that is silent gives way; then one whose client has proven
 * nothing; and if all progress, however slowly, the stalest of the source that has most, as long as it
 * has more than twice as many as the newcomer's. Transfers whose clients have proven nothing have a
 * limit of their own: of those, the lowest standing gives way, and never to a lower one.
 */
import { type DropReason, REQUEST_STANDINGS, type RequestStanding } from './admission.js';
import { type EvictingLimit } from './endpoint-events.js';
import { FairShares } from './fair-shares.js';
import { type EndpointLimits } from './limits.js';
import { type ServerTransfer } from './server-transfer.js';

/** A transfer whose client made no progress for this time may give way, in milliseconds. */
const SILENT_MS = 10_000;

/** Progress of a transfer is noted once in this time, in milliseconds. */
const NOTE_EVERY_MS = 1_000;

/** Ends a transfer, which gives its place back. */
type Evict<Local> = (transfer: ServerTransfer<Local>, limit: EvictingLimit) => void;

/** The places of transfers. */
export class Places<Local> {
  readonly #limits: EndpointLimits;
  readonly #evict: Evict<Local>;
  /** All transfers by their sources, those first that made no progress for longest. */
  readonly #shares = new FairShares<ServerTransfer<Local>>();
  /** Those whose peer has proven nothing. */
  readonly #halfOpen: Readonly<Record<RequestStanding, FairShares<ServerTransfer<Local>>>> = {
    new: new FairShares(),
    repeated: new FairShares(),
    known: new FairShares(),
  };

  constructor(limits: EndpointLimits, evict: Evict<Local>) {
    this.#limits = limits;
    this.#evict = evict;
  }

  /** Transfers whose client has not acknowledged any data. */
  get halfOpen(): number {
    return REQUEST_STANDINGS.reduce((sum, standing) => sum + this.#halfOpen[standing].size, 0);
  }

  /**
   * Gives a transfer a place, for which another one may have to end.
   *
   * @returns why there is none
   */
  take(transfer: ServerTransfer<Local>, now: number): DropReason | undefined {
    const reason = this.#makeRoom(transfer, now);
    if (reason === undefined) {
      this.#shares.add(transfer.source, transfer);
      this.#halfOpen[transfer.standing].add(transfer.source, transfer);
    }
    return reason;
  }

  /** A transfer is over. */
  giveBack(transfer: ServerTransfer<Local>): void {
    this.#shares.remove(transfer.source, transfer);
    this.#halfOpen[transfer.standing].remove(transfer.source, transfer);
  }

  /** The client of a transfer has proven its address. */
  proven(transfer: ServerTransfer<Local>): void {
    this.#halfOpen[transfer.standing].remove(transfer.source, transfer);
  }

  /** The client of a transfer has made progress, as of a time in milliseconds. */
  progressed(transfer: ServerTransfer<Local>, at: number): void {
    if (at - transfer.notedAt >= NOTE_EVERY_MS) {
      transfer.notedAt = at;
      this.#shares.touch(transfer.source, transfer);
    }
  }

  #makeRoom({ source, standing }: ServerTransfer<Local>, now: number): DropReason | undefined {
    const { maxTransfers, maxTransfersPerSource, maxHalfOpen } = this.#limits;
    const held = this.#shares.countOf(source);
    const free = maxTransfers - this.#shares.size;
    if (held >= Math.min(maxTransfersPerSource, Math.max(1, free / 2))) {
      const own = this.#shares.stalestOf(source);
      if (isProgressing(own, now) || !this.#turnOut(own, 'maxTransfersPerSource')) {
        return 'tooManyFromSource';
      }
    } else if (free <= 0) {
      const { stalestOfLargest, stalest, largestShare } = this.#shares;
      const isFreed =
        this.#turnOutSilent(stalestOfLargest, now) ||
        this.#turnOutSilent(stalest, now) ||
        this.#makeHalfOpenRoom(standing, 'maxTransfers') ||
        (largestShare > 2 * (held + 1) && this.#turnOut(stalestOfLargest, 'maxTransfers'));
      if (!isFreed) {
        return 'tooManyTransfers';
      }
    }
    const isFull = this.halfOpen >= maxHalfOpen;
    const isHeld = isFull && !this.#makeHalfOpenRoom(standing, 'maxHalfOpen');
    return isHeld ? 'overload' : undefined;
  }

  /**
   * Lets one transfer give way whose peer has proven nothing: the stalest of the source that has most,
   * of the lowest standing. A client on the same link acknowledges within milliseconds, long before a
   * flood has pushed it out; one that is farther away repeats its request, and outranks the flood.
   */
  #makeHalfOpenRoom(standing: RequestStanding, limit: EvictingLimit): boolean {
    const lowest = REQUEST_STANDINGS.find((each) => this.#halfOpen[each].size > 0) ?? standing;
    const isOutranked = REQUEST_STANDINGS.indexOf(standing) < REQUEST_STANDINGS.indexOf(lowest);
    return !isOutranked && this.#turnOut(this.#halfOpen[lowest].stalestOfLargest, limit);
  }

  /** Ends a transfer whose client acknowledged data once and has fallen silent. */
  #turnOutSilent(transfer: ServerTransfer<Local> | undefined, now: number): boolean {
    const isSilent = transfer?.isPeerProven === true && !isProgressing(transfer, now);
    return isSilent && this.#turnOut(transfer, 'maxTransfers');
  }

  #turnOut(transfer: ServerTransfer<Local> | undefined, limit: EvictingLimit): boolean {
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
