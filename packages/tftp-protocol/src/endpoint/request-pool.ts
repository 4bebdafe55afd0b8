import { type RateLimit, TokenBucket } from './token-bucket.js';

/**
 * Requests of one source that a {@link RequestPool} keeps half of its burst for. A thousand sources that
 * use theirs up leave the default pools as they are.
 */
export const SHARE: RateLimit = { perSecond: 2, burst: 8 };

/**
 * A rate that all sources share. While more than half of its burst is left, whoever asks is served. The
 * third quarter goes to each source by a share of its own, so that the few who ask most do not turn
 * the others away; the last one is for sources that have not asked for a while.
 */
export class RequestPool {
  readonly #bucket: TokenBucket;
  readonly #quarter: number;

  constructor(limit: RateLimit, now: number) {
    this.#bucket = new TokenBucket(limit, now);
    this.#quarter = limit.burst / 4;
  }

  /**
   * Whether a source would get a request.
   *
   * @param share - its bucket of {@link SHARE}; undefined for a source that has not asked before
   */
  has(share: TokenBucket | undefined, now: number): boolean {
    if (this.#bucket.has(now, 2 * this.#quarter + 1)) {
      return true;
    }
    return this.#bucket.has(now, this.#quarter + 1)
      ? (share?.has(now) ?? true)
      : this.#bucket.has(now) && (share?.isFull(now) ?? true);
  }

  /** Takes a request for a source, if it gets one. */
  take(share: TokenBucket, now: number): boolean {
    if (!this.has(share, now)) {
      return false;
    }
    if (!this.#bucket.has(now, 2 * this.#quarter + 1)) {
      share.take(now);
    }
    return this.#bucket.take(now);
  }
}
