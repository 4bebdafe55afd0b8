import { type EndpointLimits } from './limits.js';
import { TokenBucket } from './token-bucket.js';

/**
 * Why a request got no answer.
 *
 * - `tooManyTransfers`, `tooManyFromSource`: a limit on numbers is reached
 * - `requestRate`: the source asks too often, or too many sources ask
 * - `draining`: the server is about to stop
 * - `portsExhausted`: no port is left for a transfer of its own
 */
export type DropReason =
  'draining' | 'portsExhausted' | 'tooManyTransfers' | 'tooManyFromSource' | 'requestRate';

interface Source {
  transfers: number;
  readonly requests: TokenBucket;
  readonly answers: TokenBucket;
}

/** Keeps count of transfers and rates, in total and by source address, in bounded memory. */
export class Admission {
  readonly #limits: EndpointLimits;
  readonly #sources = new Map<string, Source>();
  #transfers = 0;

  constructor(limits: EndpointLimits) {
    this.#limits = limits;
  }

  /** Transfers admitted and not released. */
  get transfers(): number {
    return this.#transfers;
  }

  /** Source addresses remembered. */
  get sources(): number {
    return this.#sources.size;
  }

  /** Whether one more request may come from an address. */
  mayAsk(address: string, now: number): boolean {
    return this.#source(address, now)?.requests.take(now) ?? false;
  }

  /**
   * Admits a new transfer; each one admitted is to be released.
   *
   * @returns why not, or undefined when it is admitted
   */
  admit(address: string, now: number): DropReason | undefined {
    if (this.#transfers >= this.#limits.maxTransfers) {
      return 'tooManyTransfers';
    }
    const source = this.#source(address, now);
    if (source === undefined || source.transfers >= this.#limits.maxTransfersPerSource) {
      return 'tooManyFromSource';
    }
    source.transfers += 1;
    this.#transfers += 1;
    return undefined;
  }

  /** An admitted transfer has ended. */
  release(address: string): void {
    const source = this.#sources.get(address);
    if (source !== undefined && source.transfers > 0) {
      source.transfers -= 1;
      this.#transfers -= 1;
    }
  }

  /** Whether a datagram of `bytes` may go to an address that has proven nothing. */
  mayAnswer(address: string, bytes: number, now: number): boolean {
    return this.#source(address, now)?.answers.take(now, bytes) ?? false;
  }

  #source(address: string, now: number): Source | undefined {
    const known = this.#sources.get(address);
    if (known !== undefined) {
      return known;
    }
    if (this.#sources.size >= this.#limits.maxSources && !this.#forgetOne(now)) {
      return undefined;
    }
    const source: Source = {
      transfers: 0,
      requests: new TokenBucket(this.#limits.requestsPerSource, now),
      answers: new TokenBucket(this.#limits.unprovenBytesPerSource, now),
    };
    this.#sources.set(address, source);
    return source;
  }

  /** Forgets a source that a new record would serve as well; looks at few, to stay cheap. */
  #forgetOne(now: number): boolean {
    let looks = 8;
    for (const [address, source] of this.#sources) {
      if (source.transfers === 0 && source.requests.isFull(now) && source.answers.isFull(now)) {
        this.#sources.delete(address);
        return true;
      }
      // Behind the others, so that the next search looks elsewhere.
      this.#sources.delete(address);
      this.#sources.set(address, source);
      looks -= 1;
      if (looks === 0) {
        break;
      }
    }
    return false;
  }
}
