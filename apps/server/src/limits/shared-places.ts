/**
 * Semaphore that leaves room for others: a user may hold at most a fraction of the free places, but always
 * one. So a few users that take as many as possible never hold all places, however slowly they return them.
 * Of the waiting users, the one with the fewest places is next; among equals, the one that has waited longest
 * for its next place.
 */
export class SharedPlaces {
  readonly #fraction: number;
  /** Number of places that each user holds. */
  readonly #held = new Map<string, number>();
  /** Waiters by user, in the order in which the users began to wait, or were last served while waiting. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #free: number;

  /**
   * @param count - number of places
   * @param fraction - fraction of the free places that a user may hold, from 0 to 1
   */
  constructor(count: number, fraction: number) {
    this.#free = count;
    this.#fraction = fraction;
  }

  /** True if no place is taken, and no user is waiting for one. */
  get isUnused(): boolean {
    return this.#held.size === 0 && this.#waiting.size === 0;
  }

  /**
   * Takes a place: resolves when the user may have one, or returns undefined if the user gets one
   * immediately.
   */
  take(user: string): Promise<void> | undefined {
    if (!this.#waiting.has(user) && this.#mayTake(user)) {
      this.#assign(user);
      return undefined;
    }
    return new Promise((resolve) => {
      const queue = this.#waiting.get(user) ?? [];
      queue.push(resolve);
      this.#waiting.set(user, queue);
    });
  }

  /**
   * Gives back a place of a user, and assigns the free places to waiting users. Must be called once for each
   * place taken.
   */
  give(user: string): void {
    const held = this.#heldBy(user) - 1;
    if (held === 0) {
      this.#held.delete(user);
    } else {
      this.#held.set(user, held);
    }
    this.#free++;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const queue = this.#waiting.get(next) ?? [];
      const resolve = queue.shift();
      this.#waiting.delete(next);
      if (queue.length > 0) {
        this.#waiting.set(next, queue);
      }
      this.#assign(next);
      resolve?.();
    }
  }

  /** Returns the waiting user that gets a place next; undefined if no user may have one. */
  #next(): string | undefined {
    let next: string | undefined;
    for (const user of this.#waiting.keys()) {
      if (this.#mayTake(user) && (next === undefined || this.#heldBy(user) < this.#heldBy(next))) {
        next = user;
      }
    }
    return next;
  }

  #mayTake(user: string): boolean {
    const held = this.#heldBy(user);
    return this.#free > 0 && (held === 0 || held < this.#free * this.#fraction);
  }

  #assign(user: string): void {
    this.#free--;
    this.#held.set(user, this.#heldBy(user) + 1);
  }

  #heldBy(user: string): number {
    return this.#held.get(user) ?? 0;
  }
}
