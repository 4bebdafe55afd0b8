/** How a window's blocks are spread in time. */
export interface PacingPolicy {
  /** Blocks that may follow one another without a pause; `Infinity` for whole windows. */
  readonly burstBlocks: number;
  /** The pause, in milliseconds. */
  readonly gapMs: number;
}

/** Defaults of {@link PacingPolicy}: no pauses until a client shows that it needs them. */
export const DEFAULT_PACING_POLICY: PacingPolicy = { burstBlocks: Infinity, gapMs: 1 };

/** Windows in a row that must lose their tail before bursts are shortened. */
const CUTS_BEFORE_PACING = 2;

/** Windows in a row that must arrive before bursts are lengthened again. */
const DELIVERIES_BEFORE_SPEEDING_UP = 8;

/**
 * Spreads windows over time for receivers and switches that drop the tail of a burst
 * (RFC 7440 §6). The window itself stays as agreed, since the receiver waits for all of it.
 */
export class Pacer {
  readonly #policy: PacingPolicy;
  #burstBlocks: number;
  #left: number;
  #resumeAt: number | undefined;
  #cuts = 0;
  #deliveries = 0;

  constructor(policy: PacingPolicy) {
    this.#policy = policy;
    this.#burstBlocks = policy.burstBlocks;
    this.#left = policy.burstBlocks;
  }

  /** When the current pause ends; undefined when there is none. */
  get resumeAt(): number | undefined {
    return this.#resumeAt;
  }

  /** Asks to send one more block; false while a pause lasts. */
  take(now: number): boolean {
    if (this.#left === 0) {
      this.#resumeAt ??= now + this.#policy.gapMs;
      return false;
    }
    this.#left -= 1;
    return true;
  }

  /** Time has passed. */
  wake(now: number): void {
    if (this.#resumeAt !== undefined && now >= this.#resumeAt) {
      this.restart();
    }
  }

  /** The peer has answered: the next burst may begin at once. */
  restart(): void {
    this.#left = this.#burstBlocks;
    this.#resumeAt = undefined;
  }

  /** A window arrived whole. */
  delivered(): void {
    this.#cuts = 0;
    this.#deliveries += 1;
    if (this.#deliveries >= DELIVERIES_BEFORE_SPEEDING_UP) {
      this.#deliveries = 0;
      this.#burstBlocks = Math.min(this.#burstBlocks * 2, this.#policy.burstBlocks);
    }
  }

  /** Only the first `survived` blocks of a window arrived, and a timer had to find out. */
  cut(survived: number): void {
    this.#deliveries = 0;
    this.#cuts += 1;
    if (this.#cuts >= CUTS_BEFORE_PACING) {
      this.#burstBlocks = Math.max(1, Math.min(survived, this.#burstBlocks));
    }
  }
}
