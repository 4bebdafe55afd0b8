import { performance } from 'node:perf_hooks';

/** One timer for a deadline that moves with every datagram. */
export class DeadlineTimer {
  readonly #due: () => void;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;
  #wakeUp: NodeJS.Immediate | undefined;
  #isStopped = false;

  /** @param due - called once the deadline has passed, or earlier if it was moved away meanwhile */
  constructor(due: () => void) {
    this.#due = due;
  }

  /**
   * Moves the deadline.
   *
   * @param at - on the clock of `performance.now()`, in milliseconds
   */
  set(at: number): void {
    // A deadline that moved away is found out when the timer fires; that saves resetting it.
    if (at >= this.#timerAt || this.#isStopped) {
      return;
    }
    clearTimeout(this.#timer);
    this.#timerAt = at;
    const delayMs = Math.max(0, Math.ceil(at - performance.now()));
    this.#timer = setTimeout(() => {
      // After the loop was busy, answers lie in the socket already. This turn of the loop reads
      // them and hands them over at its end, so deadlines are looked at in the next.
      this.#wakeUp = setImmediate(() => {
        this.#wakeUp = setImmediate(() => {
          this.#timerAt = Infinity;
          this.#due();
        });
      });
    }, delayMs);
  }

  /** Never calls back from now on. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#wakeUp);
  }
}
