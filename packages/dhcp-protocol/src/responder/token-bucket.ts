/** Rate with a burst. */
export interface RateLimit {
  /** Long-term rate in events per second. */
  readonly perSecond: number;
  /** Maximum number of events after an idle period. */
  readonly burst: number;
}

/** Token bucket: admits events at a limited rate, with bursts. */
export class TokenBucket {
  readonly #limit: RateLimit;
  #tokens: number;
  #filledAt: number;

  /** @param now - time in milliseconds, on any clock that does not go back */
  constructor(limit: RateLimit, now: number) {
    this.#limit = limit;
    this.#tokens = limit.burst;
    this.#filledAt = now;
  }

  /** Takes a token; returns false if there is none. */
  take(now: number): boolean {
    const gained = (Math.max(0, now - this.#filledAt) / 1_000) * this.#limit.perSecond;
    this.#tokens = Math.min(this.#limit.burst, this.#tokens + gained);
    this.#filledAt = now;
    if (this.#tokens < 1) {
      return false;
    }
    this.#tokens -= 1;
    return true;
  }
}
