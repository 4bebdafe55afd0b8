import { performance } from 'node:perf_hooks';

import { MAX_TIMER_MS } from './option-values.js';

/** Timer for a deadline that moves with every datagram. */
export class DeadlineTimer {
  readonly #due: () => void;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;
  #wakeUp: NodeJS.Immediate | undefined;
  #isStopped = false;

  /**
   * @param due - called once the deadline has passed, or earlier if it was postponed meanwhile or is too far
   *   ahead for one timer
   */
  constructor(due: () => void) {
    this.#due = due;
  }

  /**
   * Moves the deadline.
   *
   * @param at - time in milliseconds, on the clock of `performance.now()`
   */
  set(at: number): void {
    // A postponed deadline is noticed when the timer fires; that avoids resetting the timer.
    if (at >= this.#timerAt || this.#isStopped) {
      return;
    }
    clearTimeout(this.#timer);
    this.#timerAt = at;
    const delayMs = Math.min(MAX_TIMER_MS, Math.max(0, Math.ceil(at - performance.now())));
    this.#timer = setTimeout(() => {
      // After a busy loop, answers may be waiting in the socket. This turn of the event loop reads them and
      // delivers them at its end, so the deadline is checked in the next turn.
      this.#wakeUp = setImmediate(() => {
        this.#wakeUp = setImmediate(() => {
          this.#timerAt = Infinity;
          this.#due();
        });
      });
    }, delayMs);
  }

  /** Stops the timer for good. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#wakeUp);
  }
}
