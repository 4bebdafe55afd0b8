/**
 * Semaphore that sources share fairly: a waiting source gets a turn after each other waiting source has had
 * one, regardless of the number of requests of each. Within a source, turns are first come, first served.
 */
export class FairTurns {
  /** Waiters by source, in the order of their next turn. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #free: number;

  /** @param count - maximum number of turns taken at a time */
  constructor(count: number) {
    this.#free = count;
  }

  /** Takes a turn; resolves when one is free. */
  take(source: string): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--;
      return undefined;
    }
    return new Promise((resolve) => {
      const queue = this.#waiting.get(source);
      if (queue === undefined) {
        this.#waiting.set(source, [resolve]);
      } else {
        queue.push(resolve);
      }
    });
  }

  /** Returns a turn. Has to be called once for each turn taken. */
  give(): void {
    for (const [source, queue] of this.#waiting) {
      const next = queue.shift();
      this.#waiting.delete(source);
      if (queue.length > 0) {
        this.#waiting.set(source, queue);
      }
      next?.();
      return;
    }
    this.#free++;
  }
}
