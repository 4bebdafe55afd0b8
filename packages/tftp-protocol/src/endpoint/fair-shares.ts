/**
 * Items by holder. Finds the item to evict in constant time: the stalest item of the holder with the most
 * items, of a given holder, or overall.
 */
export class FairShares<T> {
  readonly #byHolder = new Map<string, Set<T>>();
  /** Holders by the number of their items. */
  readonly #bySize: Set<string>[] = [];
  /** All items, stalest first, as in each holder's set. */
  readonly #all = new Set<T>();

  /** Number of items. */
  get size(): number {
    return this.#all.size;
  }

  /** Returns the number of items of one holder. */
  countOf(holder: string): number {
    return this.#byHolder.get(holder)?.size ?? 0;
  }

  /** Adds a new item as the freshest. */
  add(holder: string, item: T): void {
    const items = this.#byHolder.get(holder) ?? new Set();
    items.add(item);
    this.#all.add(item);
    this.#byHolder.set(holder, items);
    this.#rank(holder, items.size - 1, items.size);
  }

  /** Removes an item, if present. */
  remove(holder: string, item: T): void {
    const items = this.#byHolder.get(holder);
    if (items?.delete(item) === true) {
      this.#all.delete(item);
      this.#rank(holder, items.size + 1, items.size);
      if (items.size === 0) {
        this.#byHolder.delete(holder);
      }
    }
  }

  /** Makes an item the freshest. */
  touch(holder: string, item: T): void {
    const items = this.#byHolder.get(holder);
    if (items?.delete(item) === true) {
      items.add(item);
      this.#all.delete(item);
      this.#all.add(item);
    }
  }

  /** Stalest item overall. */
  get stalest(): T | undefined {
    return first(this.#all);
  }

  /** Returns the stalest item of one holder; undefined if it has none. */
  stalestOf(holder: string): T | undefined {
    return first(this.#byHolder.get(holder));
  }

  /** Number of items of the holder with the most. */
  get largestShare(): number {
    return Math.max(0, this.#bySize.length - 1);
  }

  /** Stalest item of the holder with the most. */
  get stalestOfLargest(): T | undefined {
    const holder = first(this.#bySize.at(-1));
    return holder === undefined ? undefined : this.stalestOf(holder);
  }

  #rank(holder: string, from: number, to: number): void {
    this.#bySize[from]?.delete(holder);
    if (to > 0) {
      this.#bySize[to] ??= new Set();
      this.#bySize[to].add(holder);
    }
    while (this.#bySize.length > 0 && (this.#bySize.at(-1)?.size ?? 0) === 0) {
      this.#bySize.pop();
    }
  }
}

function first<T>(items: ReadonlySet<T> | undefined): T | undefined {
  return items?.values().next().value;
}
