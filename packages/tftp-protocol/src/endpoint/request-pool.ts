import { type RateLimit, TokenBucket } from './token-bucket.js';

/**
 * Share of one source in the reserved half of a {@link RequestPool}'s burst. The default pools can serve
 * the full shares of a thousand sources.
 */
export const SHARE: RateLimit = { perSecond: 2, burst: 8 };

/**
 * Rate shared by all sources. While more than half of its burst is left, every request is served. The
 * third quarter is divided into a share per source, so that the few most active ones do not starve the
 * others; the last quarter is reserved for sources without recent requests.
 */
export class RequestPool {
  readonly #bucket: TokenBucket;
  readonly #quarter: number;

  constructor(limit: RateLimit, now: number) {
    this.#bucket = new TokenBucket(limit, now);
    this.#quarter = limit.burst / 4;
  }

  /**
   * Returns true if a request of a source would be served.
   *
   * @param share - its bucket of {@link SHARE}; undefined for a new source
   */
  has(share: TokenBucket | undefined, now: number): boolean {
    if (this.#bucket.has(now, 2 * this.#quarter + 1)) {
      return true;
    }
    return this.#bucket.has(now, this.#quarter + 1)
      ? (share?.has(now) ?? true)
      : this.#bucket.has(now) && (share?.isFull(now) ?? true);
  }

  /** Takes a request of a source; returns false if it is not served. */
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
