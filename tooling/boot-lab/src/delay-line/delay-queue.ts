/** A value in transit. */
interface Delayed<T> {
  readonly dueAt: number;
  readonly value: T;
}

/** Delays all values by the same time, in order. The caller supplies the clock. */
export class DelayQueue<T> {
  readonly #delayMs: number;
  readonly #queue: Delayed<T>[] = [];

  /** @param delayMs - delay of each value in milliseconds; may be fractional */
  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** Time at which the next value is due; undefined if the queue is empty. */
  get nextDueAt(): number | undefined {
    return this.#queue[0]?.dueAt;
  }

  push(value: T, now: number): void {
    this.#queue.push({ dueAt: now + this.#delayMs, value });
  }

  /** Returns the next value that is due; undefined if there is none. */
  shift(now: number): T | undefined {
    const head = this.#queue[0];
    if (head === undefined || head.dueAt > now) {
      return undefined;
    }
    this.#queue.shift();
    return head.value;
  }
}
