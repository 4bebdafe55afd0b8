import { type EndpointLimits } from './limits.js';
import { type TftpEndpointAddress } from './peer-table.js';
import { RecentAddresses } from './recent-addresses.js';
import { RequestMemory } from './request-memory.js';
import { RequestPool, SHARE } from './request-pool.js';
import { type SourceBudget, SourceBudgets } from './source-budgets.js';
import { sourceKey } from './source-key.js';
import { TokenBucket } from './token-bucket.js';

/**
 * Reason for dropping a request without an answer.
 *
 * - `tooManyTransfers`, `tooManyFromSource`: a limit is reached, and no transfer can be evicted
 * - `requestRate`: the source sends too many requests, or no more sources can be remembered
 * - `overload`: the limit on the requests of all sources, or on half-open transfers, is reached
 * - `transferInProgress`: a transfer to the same address and port has made progress in the last 3 seconds
 * - `draining`: the server is stopping
 * - `portsExhausted`: no port or socket is left for the transfer
 * - `outOfResources`: the system has no descriptor or memory left to open the file
 */
export type DropReason =
  | 'draining'
  | 'portsExhausted'
  | 'outOfResources'
  | 'tooManyTransfers'
  | 'tooManyFromSource'
  | 'requestRate'
  | 'overload'
  | 'transferInProgress';

interface Source {
  readonly requests: SourceBudget;
  /** Budget of one source, which applies while less than half of a pool is left. */
  readonly share: TokenBucket;
  readonly answers: SourceBudget;
}

/** Maximum number of addresses remembered for having completed a transfer. */
const MAX_KNOWN = 16_384;

/** Time for which an address that completed a transfer is remembered, in milliseconds. */
const KNOWN_MS = 3_600_000;

/**
 * Standing of an accepted request: `new` requests were seen only once and may be forged, `repeated` ones were
 * sent again for lack of an answer (as real clients do), and `known` ones come from an address that has
 * completed a transfer.
 */
export type RequestStanding = 'new' | 'repeated' | 'known';

/** All standings, lowest first. */
export const REQUEST_STANDINGS: readonly RequestStanding[] = ['new', 'repeated', 'known'];

/** Result of {@link Admission.decide}. */
export type AdmissionDecision =
  | { readonly ok: true; readonly standing: RequestStanding }
  | { readonly ok: false; readonly reason: DropReason };

const KNOWN: AdmissionDecision = { ok: true, standing: 'known' };
const REPEATED: AdmissionDecision = { ok: true, standing: 'repeated' };
const NEW: AdmissionDecision = { ok: true, standing: 'new' };
const OVERLOAD: AdmissionDecision = { ok: false, reason: 'overload' };

/**
 * Decides which requests are accepted. In a flood of forged requests, it prefers sources that have completed
 * a transfer, then repeated requests (real clients repeat theirs), then others within the rate for new
 * requests. Requests dropped early use no memory.
 */
export class Admission {
  readonly #limits: EndpointLimits;
  readonly #sources = new Map<string, Source>();
  readonly #requests: SourceBudgets;
  readonly #answers: SourceBudgets;
  readonly #known = new RecentAddresses(MAX_KNOWN, KNOWN_MS);
  readonly #knownRequests: RequestPool;
  readonly #newRequests: RequestPool;
  readonly #repeatedRequests: RequestPool;
  readonly #recent = new RequestMemory();

  constructor(limits: EndpointLimits) {
    this.#limits = limits;
    this.#requests = new SourceBudgets(limits.requestsPerSource);
    this.#answers = new SourceBudgets(limits.unprovenBytesPerSource);
    const { perSecond, burst } = limits.newRequests;
    this.#knownRequests = new RequestPool({ perSecond: 2 * perSecond, burst: 2 * burst }, 0);
    this.#newRequests = new RequestPool(limits.newRequests, 0);
    this.#repeatedRequests = new RequestPool(limits.repeatedRequests, 0);
  }

  /** Number of sources remembered. */
  get sources(): number {
    return this.#sources.size;
  }

  /**
   * Returns the reason if a request is certain to be dropped, otherwise undefined. A cheap check before any
   * other work.
   */
  earlyDropReason(remote: TftpEndpointAddress, now: number): DropReason | undefined {
    const source = this.#sources.get(sourceKey(remote.address));
    if (source?.requests.has(remote.address, now) === false) {
      return 'requestRate';
    }
    const share = source?.share;
    const hasHope = this.#known.has(remote.address, now)
      ? this.#knownRequests.has(share, now)
      : this.#newRequests.has(share, now) ||
        (this.#recent.isRepeated(remote, now) && this.#repeatedRequests.has(share, now));
    if (hasHope) {
      return undefined;
    }
    // Dropped requests count, too: otherwise each source in a large flood would seem quiet.
    share?.take(now);
    return 'overload';
  }

  /** Decides whether a request is accepted, and counts it. */
  decide(remote: TftpEndpointAddress, now: number): AdmissionDecision {
    const source = this.#source(sourceKey(remote.address), now);
    if (!source?.requests.take(remote.address, now)) {
      return { ok: false, reason: 'requestRate' };
    }
    const { share } = source;
    // Known sources use only their own pool; otherwise the few most active ones would drain the other pools
    // as well.
    if (this.#known.has(remote.address, now)) {
      return this.#knownRequests.take(share, now) ? KNOWN : OVERLOAD;
    }
    if (this.#recent.isRepeated(remote, now) && this.#repeatedRequests.take(share, now)) {
      this.#recent.note(remote, now);
      return REPEATED;
    }
    return this.#newRequests.take(share, now) ? NEW : OVERLOAD;
  }

  /** Returns true if a repetition of an active transfer's request may be handled, and counts it. */
  mayRepeat({ address }: TftpEndpointAddress, now: number): boolean {
    return this.#source(sourceKey(address), now)?.requests.take(address, now) ?? false;
  }

  /** Records that a client has completed a transfer. */
  completed(address: string, now: number): void {
    this.#known.note(address, now);
  }

  /** Returns true if a datagram of `bytes` may be sent to an unproven address, and counts it. */
  mayAnswer(address: string, bytes: number, now: number): boolean {
    return this.#source(sourceKey(address), now)?.answers.take(address, now, bytes) ?? false;
  }

  /** Gives back `bytes` counted by {@link mayAnswer}: their receiver has answered. */
  refund(address: string, bytes: number): void {
    this.#sources.get(sourceKey(address))?.answers.give(address, bytes);
  }

  #source(key: string, now: number): Source | undefined {
    const known = this.#sources.get(key);
    if (known !== undefined) {
      return known;
    }
    if (this.#sources.size >= this.#limits.maxSources && !this.#forgetOne(now)) {
      return undefined;
    }
    const source: Source = {
      requests: this.#requests.open(key, now),
      share: new TokenBucket(SHARE, now),
      answers: this.#answers.open(key, now),
    };
    this.#sources.set(key, source);
    return source;
  }

  /**
   * Forgets a source whose budgets are full, since a new record would be identical. Its share need not be
   * full: waiting for that would let a flood fill the table. Checks only a few sources, to stay cheap.
   *
   * @returns false if none of them could be forgotten
   */
  #forgetOne(now: number): boolean {
    let looks = 8;
    for (const [key, source] of this.#sources) {
      if (source.requests.isFull(now) && source.answers.isFull(now)) {
        this.#sources.delete(key);
        return true;
      }
      // Moved to the end, so that the next call checks others.
      this.#sources.delete(key);
      this.#sources.set(key, source);
      looks -= 1;
      if (looks === 0) {
        break;
      }
    }
    return false;
  }
}
