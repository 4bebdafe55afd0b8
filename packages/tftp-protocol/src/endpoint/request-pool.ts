import { type RateLimit, TokenBucket } from './token-bucket.js';

/**
 * Requests of one source that a {@link RequestPool} keeps half of its burst for. A thousand sources that
 * use theirs up leave the default pools as they are.
 */
export const SHARE: RateLimit = { perSecond: 2, burst: 8 };

/**
 * A rate that all sources share. While more than half of its burst is left, whoever asks is served; the
 * other half goes to each source by a share of its own, so that the few who ask most do not turn
 * the others away.
 */
export class RequestPool {
  readonly #bucket: TokenBucket;
  readonly #reserve: number;

  constructor(limit: RateLimit, now: number) {
    this.#bucket = new TokenBucket(limit, now);
    this.#reserve = limit.burst / 2;
  }

  /**
   * Whether a source would get a request.
   *
   * @param share - its bucket of {@link SHARE}; undefined for a source that has not asked before
   */
  has(share: TokenBucket | undefined, now: number): boolean {
    return (
      this.#bucket.has(now, this.#reserve + 1) ||
      (this.#bucket.has(now) && (share?.has(now) ?? true))
    );
  }

  /** Takes a request for a source, if it gets one. */
  take(share: TokenBucket, now: number): boolean {
    const isAmple = this.#bucket.has(now, this.#reserve + 1);
    return this.#bucket.has(now) && (isAmple || share.take(now)) && this.#bucket.take(now);
  }
}
