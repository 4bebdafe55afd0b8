/** State of a connection; a stalled one is active, too. */
export type ConnectionState = 'fresh' | 'idle' | 'active' | 'stalled';

/**
 * Count that is compared between shares; `resting` is the number of idle and stalled connections together.
 */
type Count = 'fresh' | 'idle' | 'resting';

/** Connections of one source, or of one of a source's addresses. */
export class Share<T> {
  readonly level: Shares<T>;
  readonly key: string;
  /** New connections whose request may be in flight, oldest first. */
  readonly fresh = new Set<T>();
  /** Other connections without a request, longest idle first. */
  readonly idle = new Set<T>();
  readonly active = new Set<T>();
  /** Stalled downloads, longest stalled first. */
  readonly stalled = new Set<T>();
  #members: Shares<T> | undefined;

  /** @internal */
  constructor(level: Shares<T>, key: string) {
    this.level = level;
    this.key = key;
  }

  /** Shares of the addresses of a source. */
  get members(): Shares<T> {
    this.#members ??= new Shares();
    return this.#members;
  }

  get size(): number {
    return this.fresh.size + this.idle.size + this.active.size;
  }

  get resting(): number {
    return this.idle.size + this.stalled.size;
  }

  /**
   * Returns the share of the address with the most connections of a kind; this share if it has no
   * addresses.
   */
  largestMember(by: Count): Share<T> {
    return this.#members?.largest(by) ?? this;
  }

  /** Adds a connection in a state. */
  put(item: T, state: ConnectionState): void {
    this[state].add(item);
    this.level.recount(this, state === 'stalled' ? 0 : 1);
  }

  /**
   * Removes a connection from a state.
   *
   * @returns false if it was not in that state
   */
  takeOut(item: T, state: ConnectionState): boolean {
    const wasThere = this[state].delete(item);
    if (wasThere) {
      this.level.recount(this, state === 'stalled' ? 0 : -1);
    }
    return wasThere;
  }
}

/** Shares of all sources, or those of the addresses of one source. */
export class Shares<T> {
  readonly #shares = new Map<string, Share<T>>();
  #size = 0;
  readonly #byCount: Readonly<Record<Count, SharesByCount<T>>> = {
    fresh: new SharesByCount(({ fresh }) => fresh.size),
    idle: new SharesByCount(({ idle }) => idle.size),
    resting: new SharesByCount(({ resting }) => resting),
  };

  /** Number of shares with connections. */
  get count(): number {
    return this.#shares.size;
  }

  /** Average number of connections of a share, rounded down. */
  get average(): number {
    return Math.floor(this.#size / this.#shares.size);
  }

  /** Returns the share of a key, or a new one, which is counted once it has a connection. */
  shareOf(key: string): Share<T> {
    return this.#shares.get(key) ?? new Share(this, key);
  }

  /** Returns the share with the most connections of a kind; undefined if there are none. */
  largest(by: Count): Share<T> | undefined {
    return this.#byCount[by].largest;
  }

  /** Returns the active connections of all shares. */
  active(): T[] {
    return [...this.#shares.values()].flatMap(({ active }) => [...active]);
  }

  /** Updates the counts. Must be called after each change to a share, with the change in its size. */
  recount(share: Share<T>, change: number): void {
    this.#size += change;
    for (const shares of Object.values(this.#byCount)) {
      shares.recount(share);
    }
    if (share.size === 0) {
      this.#shares.delete(share.key);
    } else {
      this.#shares.set(share.key, share);
    }
  }
}

/** Index of shares by a count that changes by one at a time, so that finding the largest needs no search. */
class SharesByCount<T> {
  readonly #countOf: (share: Share<T>) => number;
  readonly #counts = new Map<Share<T>, number>();
  readonly #shares = new Map<number, Set<Share<T>>>();
  #most = 0;

  constructor(countOf: (share: Share<T>) => number) {
    this.#countOf = countOf;
  }

  /** Share with the highest count; undefined if all are zero. */
  get largest(): Share<T> | undefined {
    const [share] = this.#shares.get(this.#most) ?? [];
    return share;
  }

  recount(share: Share<T>): void {
    const before = this.#counts.get(share) ?? 0;
    const count = this.#countOf(share);
    if (count === before) {
      return;
    }
    this.#shares.get(before)?.delete(share);
    if (this.#shares.get(before)?.size === 0) {
      this.#shares.delete(before);
    }
    if (count > 0) {
      const peers = this.#shares.get(count) ?? new Set();
      this.#shares.set(count, peers.add(share));
      this.#counts.set(share, count);
    } else {
      this.#counts.delete(share);
    }
    this.#most = Math.max(this.#most, count);
    while (this.#most > 0 && !this.#shares.has(this.#most)) {
      this.#most--;
    }
  }
}
