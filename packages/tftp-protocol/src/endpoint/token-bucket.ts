/** A rate with a burst. */
export interface RateLimit {
  /** Events, or bytes, a second in the long run. */
  readonly perSecond: number;
  /** Events, or bytes, at once after a rest. */
  readonly burst: number;
}

/** Token bucket: lets events through at a rate, with bursts. */
export class TokenBucket {
  readonly #limit: RateLimit;
  #tokens: number;
  #filledAt: number;

  constructor(limit: RateLimit, now: number) {
    this.#limit = limit;
    this.#tokens = limit.burst;
    this.#filledAt = now;
  }

  /** Takes tokens if there are so many. */
  take(now: number, tokens = 1): boolean {
    this.#fill(now);
    if (this.#tokens < tokens) {
      return false;
    }
    this.#tokens -= tokens;
    return true;
  }

  /** Puts tokens back. */
  give(tokens: number): void {
    this.#tokens = Math.min(this.#limit.burst, this.#tokens + tokens);
  }

  /** Whether there are so many tokens. */
  has(now: number, tokens = 1): boolean {
    this.#fill(now);
    return this.#tokens >= tokens;
  }

  /** Whether the bucket is full, so that a new one would do as well. */
  isFull(now: number): boolean {
    this.#fill(now);
    return this.#tokens >= this.#limit.burst;
  }

  #fill(now: number): void {
    const gained = (Math.max(0, now - this.#filledAt) / 1_000) * this.#limit.perSecond;
    this.#tokens = Math.min(this.#limit.burst, this.#tokens + gained);
    this.#filledAt = now;
  }
}
