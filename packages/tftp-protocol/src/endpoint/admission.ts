import { type EndpointLimits } from './limits.js';
import { type TftpEndpointAddress } from './peer-table.js';
import { RecentAddresses } from './recent-addresses.js';
import { RequestMemory } from './request-memory.js';
import { RequestPool, SHARE } from './request-pool.js';
import { sourceKey } from './source-key.js';
import { TokenBucket } from './token-bucket.js';

/**
 * Why a request got no answer.
 *
 * - `tooManyTransfers`, `tooManyFromSource`: a limit on numbers is reached, and nothing can give way
 * - `requestRate`: the source asks too often
 * - `overload`: too many sources ask that have acknowledged nothing before
 * - `draining`: the server is about to stop
 * - `portsExhausted`: no port is left for a transfer of its own
 * - `outOfResources`: the system has no descriptor or memory left to open the file with
 */
export type DropReason =
  | 'draining'
  | 'portsExhausted'
  | 'outOfResources'
  | 'tooManyTransfers'
  | 'tooManyFromSource'
  | 'requestRate'
  | 'overload';

interface Source {
  readonly requests: TokenBucket;
  /** What it gets while others ask so much that pools run low. */
  readonly share: TokenBucket;
  readonly answers: TokenBucket;
}

/** Addresses remembered that completed a transfer. */
const MAX_KNOWN = 16_384;

/** An address that completed a transfer is known for this time, in milliseconds. */
const KNOWN_MS = 3_600_000;

/**
 * Standing of an accepted request: `new` requests came once and may be forged, `repeated` ones were
 * sent again for lack of an answer, as real clients do, and `known` sources have completed a transfer.
 */
export type RequestStanding = 'new' | 'repeated' | 'known';

/** Standings, the lowest first. */
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
 * Decides which requests are taken on. In a flood of forged requests these come through, in this
 * order: sources that completed a transfer before; requests that come again, as a real client's do;
 * and others within the rate for new sources. What is dropped costs no memory.
 */
export class Admission {
  readonly #limits: EndpointLimits;
  readonly #sources = new Map<string, Source>();
  readonly #known = new RecentAddresses(MAX_KNOWN, KNOWN_MS);
  readonly #knownRequests: RequestPool;
  readonly #newRequests: RequestPool;
  readonly #repeatedRequests: RequestPool;
  readonly #recent = new RequestMemory();

  constructor(limits: EndpointLimits) {
    this.#limits = limits;
    const { perSecond, burst } = limits.newRequests;
    this.#knownRequests = new RequestPool({ perSecond: 2 * perSecond, burst: 2 * burst }, 0);
    this.#newRequests = new RequestPool(limits.newRequests, 0);
    this.#repeatedRequests = new RequestPool(limits.repeatedRequests, 0);
  }

  /** Sources remembered. */
  get sources(): number {
    return this.#sources.size;
  }

  /**
   * Why a request is sure to be dropped, found out before anything is done for it; undefined when it
   * is worth a closer look.
   */
  hopelessness(remote: TftpEndpointAddress, now: number): DropReason | undefined {
    const source = this.#sources.get(sourceKey(remote.address));
    if (source?.requests.has(now) === false) {
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
    // Asking in vain counts as asking: else every source of a large flood would seem to ask seldom.
    share?.take(now);
    return 'overload';
  }

  /** Decides about one request. */
  decide(remote: TftpEndpointAddress, now: number): AdmissionDecision {
    const source = this.#source(sourceKey(remote.address), now);
    if (!source?.requests.take(now)) {
      return { ok: false, reason: 'requestRate' };
    }
    const { share } = source;
    // Known sources have a pool of their own only, or the few who ask most would empty all of them.
    if (this.#known.has(remote.address, now)) {
      return this.#knownRequests.take(share, now) ? KNOWN : OVERLOAD;
    }
    if (this.#recent.isRepeated(remote, now) && this.#repeatedRequests.take(share, now)) {
      this.#recent.note(remote, now);
      return REPEATED;
    }
    return this.#newRequests.take(share, now) ? NEW : OVERLOAD;
  }

  /** A client has completed a transfer. */
  completed(address: string, now: number): void {
    this.#known.note(address, now);
  }

  /** Whether a datagram of `bytes` may go to an address that has proven nothing. */
  mayAnswer(address: string, bytes: number, now: number): boolean {
    return this.#source(sourceKey(address), now)?.answers.take(now, bytes) ?? false;
  }

  /** Gives back `bytes` that {@link mayAnswer} counted, since their receiver has answered. */
  refund(address: string, bytes: number): void {
    this.#sources.get(sourceKey(address))?.answers.give(bytes);
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
      requests: new TokenBucket(this.#limits.requestsPerSource, now),
      share: new TokenBucket(SHARE, now),
      answers: new TokenBucket(this.#limits.unprovenBytesPerSource, now),
    };
    this.#sources.set(key, source);
    return source;
  }

  /**
   * Forgets a source that a new record would serve as well, but for its share: waiting for that too
   * would let a flood fill the table. Looks at few, to stay cheap.
   */
  #forgetOne(now: number): boolean {
    let looks = 8;
    for (const [key, source] of this.#sources) {
      if (source.requests.isFull(now) && source.answers.isFull(now)) {
        this.#sources.delete(key);
        return true;
      }
      // Behind the others, so that the next search looks elsewhere.
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
