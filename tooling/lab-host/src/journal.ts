/** Entry of a {@link Journal} with its position. */
export interface JournalEntry<T> {
  readonly index: number;
  readonly value: T;
}

/**
 * Append-only list that can be waited on, such as the log of a program. Readers keep their own
 * position, so that they neither miss early entries nor read an entry twice.
 */
export class Journal<T> {
  readonly #entries: T[] = [];
  readonly #wakers = new Set<() => void>();

  /** All entries so far. */
  get entries(): readonly T[] {
    return this.#entries;
  }

  append(value: T): void {
    this.#entries.push(value);
    for (const wake of this.#wakers) {
      wake();
    }
  }

  /**
   * Resolves with the first entry at or after `from` that matches, now or later.
   *
   * @throws the signal's reason, when it is aborted first, and any error from `matches`
   */
  async next(
    from: number,
    matches: (value: T) => boolean,
    signal: AbortSignal,
  ): Promise<JournalEntry<T>> {
    let index = from;
    for (;;) {
      signal.throwIfAborted();
      for (; index < this.#entries.length; index += 1) {
        const value = this.#entries[index] as T;
        if (matches(value)) {
          return { index, value };
        }
      }
      await this.#growth(signal);
    }
  }

  #growth(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wakers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wakers.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
