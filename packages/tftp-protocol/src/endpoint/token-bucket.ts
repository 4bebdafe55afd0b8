/** Rate with a burst. */
export interface RateLimit {
  /** Long-term rate: events, or bytes, per second. */
  readonly perSecond: number;
  /** Maximum burst after an idle period: events, or bytes. */
  readonly burst: number;
}

/** Token bucket: admits events at a rate, with bursts. */
export class TokenBucket {
  readonly #limit: RateLimit;
  #tokens: number;
  #filledAt: number;

  constructor(limit: RateLimit, now: number) {
    this.#limit = limit;
    this.#tokens = limit.burst;
    this.#filledAt = now;
  }

  /** Takes tokens; if there are too few, takes none and returns false. */
  take(now: number, tokens = 1): boolean {
    this.#fill(now);
    if (this.#tokens < tokens) {
      return false;
    }
    this.#tokens -= tokens;
    return true;
  }

  /** Puts tokens back, up to the burst. */
  give(tokens: number): void {
    this.#tokens = Math.min(this.#limit.burst, this.#tokens + tokens);
  }

  /** Returns true if there are enough tokens. */
  has(now: number, tokens = 1): boolean {
    this.#fill(now);
    return this.#tokens >= tokens;
  }

  /** Returns true if the bucket is full, and so no different from a new one. */
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
