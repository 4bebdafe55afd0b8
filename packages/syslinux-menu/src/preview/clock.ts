const SECOND_MS = 1000;

/** Event that occurs as time passes. */
export type ClockEvent =
  /** The countdown shows another second. */
  | 'second'
  /** The timeout has expired. */
  | 'over';

/**
 * The two timers of a menu: the countdown, which keys restart or stop, and TOTALTIMEOUT, which keys
 * do not affect.
 */
export class MenuClock {
  /** Length of the countdown in milliseconds; 0 if there is none or it was stopped. */
  #length: number;
  #left: number;
  #totalLeft: number;
  #untilSecond = SECOND_MS;

  /** @param totalMs - TOTALTIMEOUT in milliseconds; 0 for none */
  constructor(lengthMs: number, totalMs: number) {
    this.#length = lengthMs;
    this.#left = lengthMs;
    this.#totalLeft = totalMs;
  }

  /** True if the countdown runs. */
  get isRunning(): boolean {
    return this.#length > 0;
  }

  /** Remaining whole seconds of the countdown. */
  get seconds(): number {
    return Math.floor(this.#left / SECOND_MS);
  }

  stop(): void {
    this.#length = 0;
  }

  /** Restarts the countdown; a stopped one stays stopped. */
  restart(): void {
    this.#left = this.#length;
  }

  /** Records that the seconds have been drawn: the next change is due a second later. */
  shown(): void {
    this.#untilSecond = SECOND_MS;
  }

  /**
   * Advances time, at most to the next event.
   *
   * @param isCounting - true if the countdown runs now, as it does while the menu waits for keys
   */
  pass(milliseconds: number, isCounting: boolean): { used: number; event?: ClockEvent } {
    const counts = isCounting && this.isRunning;
    const due = [
      ...(counts ? [this.#left, this.#untilSecond] : []),
      ...(this.#totalLeft > 0 ? [this.#totalLeft] : []),
    ];
    const used = Math.min(milliseconds, ...due);
    if (counts) {
      this.#left -= used;
      this.#untilSecond -= used;
    }
    const totalEnds = this.#totalLeft > 0 && this.#totalLeft === used;
    this.#totalLeft = Math.max(this.#totalLeft - used, 0);
    if (totalEnds || (counts && this.#left === 0)) {
      return { used, event: 'over' };
    }
    return counts && this.#untilSecond === 0 ? { used, event: 'second' } : { used };
  }
}
