/**
 * A number of turns that sources share fairly: a source that waits gets one turn after each of the
 * others has had one, however many each of them asks for. Within a source, the first to ask is first.
 */
export class FairTurns {
  /** By source, in the order in which they get their next turn. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #free: number;

  /** @param count - turns that may be taken at a time */
  constructor(count: number) {
    this.#free = count;
  }

  /** Takes a turn: at once if one is free, else when the promise resolves. */
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

  /** Gives a turn back: to be called once for each that was taken. */
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
