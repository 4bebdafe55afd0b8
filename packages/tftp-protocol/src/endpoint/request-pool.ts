import { type RateLimit, TokenBucket } from './token-bucket.js';

/**
 * Share of one source in the reserved half of the burst of a {@link RequestPool}. The default pools can serve
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

  /** Returns true if the pool would give `tokens` to any source. */
  isAmple(now: number, tokens = 1): boolean {
    return this.#bucket.has(now, 2 * this.#quarter + tokens);
  }

  /**
   * Returns true if the pool would give `tokens` to a source.
   *
   * @param share - the source's bucket, with the limit {@link SHARE}; undefined for a new source
   */
  has(share: TokenBucket | undefined, now: number, tokens = 1): boolean {
    if (this.isAmple(now, tokens)) {
      return true;
    }
    return this.#bucket.has(now, this.#quarter + tokens)
      ? (share?.has(now, tokens) ?? true)
      : this.#bucket.has(now, tokens) && (share?.isFull(now) ?? true);
  }

  /** Takes `tokens` for a source; returns false if it does not get them. */
  take(share: TokenBucket, now: number, tokens = 1): boolean {
    if (!this.has(share, now, tokens)) {
      return false;
    }
    if (!this.isAmple(now, tokens)) {
      share.take(now, tokens);
    }
    return this.#bucket.take(now, tokens);
  }

  /** Puts `tokens` back. */
  give(tokens: number): void {
    this.#bucket.give(tokens);
  }

  /** Returns true if the pool is full, and so no different from a new one. */
  isFull(now: number): boolean {
    return this.#bucket.isFull(now);
  }
}
