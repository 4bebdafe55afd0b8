/** Something on its way. */
interface Delayed<T> {
  readonly dueAt: number;
  readonly value: T;
}

/** Holds everything back for the same time, in order. Time is whatever clock the caller reads. */
export class DelayQueue<T> {
  readonly #delayMs: number;
  readonly #queue: Delayed<T>[] = [];

  /** @param delayMs - how long each value is held; fractions count */
  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** When the next value is due, or undefined while nothing is on its way. */
  get nextDueAt(): number | undefined {
    return this.#queue[0]?.dueAt;
  }

  push(value: T, now: number): void {
    this.#queue.push({ dueAt: now + this.#delayMs, value });
  }

  /** The next value that is due, or undefined. */
  shift(now: number): T | undefined {
    const head = this.#queue[0];
    if (head === undefined || head.dueAt > now) {
      return undefined;
    }
    this.#queue.shift();
    return head.value;
  }
}
