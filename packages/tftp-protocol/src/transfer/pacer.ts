/** Spreading of a window's blocks over time. */
export interface PacingPolicy {
  /** Number of blocks sent without a pause; `Infinity` for whole windows. */
  readonly burstBlocks: number;
  /** Pause between two bursts, in milliseconds. */
  readonly gapMs: number;
}

/** Defaults of {@link PacingPolicy}: no pauses until a client turns out to need them. */
export const DEFAULT_PACING_POLICY: PacingPolicy = { burstBlocks: Infinity, gapMs: 1 };

/** Longest burst, longer than any window: a small integer, which V8 keeps in the object itself. */
const MAX_BURST_BLOCKS = 0x1_0000;

/** Number of consecutive windows that lose their tail before bursts are shortened. */
const CUTS_BEFORE_PACING = 2;

/** Number of consecutive windows that arrive completely before bursts are lengthened again. */
const DELIVERIES_BEFORE_SPEEDING_UP = 8;

/**
 * Spreads windows over time for receivers and switches that drop the tail of a burst (RFC 7440 §6). The
 * window itself does not shrink, since the receiver waits for all of it.
 */
export class Pacer {
  readonly #maxBlocks: number;
  readonly #gapMs: number;
  #burstBlocks: number;
  #left: number;
  #resumeAt: number | undefined;
  #cuts = 0;
  #deliveries = 0;

  constructor(policy: PacingPolicy) {
    this.#maxBlocks = Math.min(policy.burstBlocks, MAX_BURST_BLOCKS);
    this.#gapMs = policy.gapMs;
    this.#burstBlocks = this.#maxBlocks;
    this.#left = this.#maxBlocks;
  }

  /** End of the current pause, in milliseconds; undefined if there is none. */
  get resumeAt(): number | undefined {
    return this.#resumeAt;
  }

  /** Number of blocks that may be sent before the next pause. */
  get left(): number {
    return this.#left;
  }

  /** Returns true if a block may be sent; returns false, and starts the pause, once the burst is used up. */
  maySend(now: number): boolean {
    if (this.#left === 0) {
      this.#resumeAt ??= now + this.#gapMs;
    }
    return this.#left > 0;
  }

  /** Counts one block as sent. */
  sent(): void {
    this.#left -= 1;
  }

  /** Starts the next burst if the pause is over. */
  wake(now: number): void {
    if (this.#resumeAt !== undefined && now >= this.#resumeAt) {
      this.restart();
    }
  }

  /** Starts the next burst without a pause: the peer has answered. */
  restart(): void {
    this.#left = this.#burstBlocks;
    this.#resumeAt = undefined;
  }

  /** Records a window that arrived completely. */
  delivered(): void {
    this.#cuts = 0;
    this.#deliveries += 1;
    if (this.#deliveries >= DELIVERIES_BEFORE_SPEEDING_UP) {
      this.#deliveries = 0;
      this.#burstBlocks = Math.min(this.#burstBlocks * 2, this.#maxBlocks);
    }
  }

  /** Records a window cut short: the peer's timer acknowledged only its first `survived` blocks. */
  cut(survived: number): void {
    this.#deliveries = 0;
    this.#cuts += 1;
    if (this.#cuts >= CUTS_BEFORE_PACING) {
      this.#burstBlocks = Math.max(1, Math.min(survived, this.#burstBlocks));
    }
  }
}
