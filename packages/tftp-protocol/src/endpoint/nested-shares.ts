import { FairShares } from './fair-shares.js';

/** Item that counts for an address, and for the source that the address belongs to. */
export interface Share {
  readonly source: string;
  readonly remote: { readonly address: string };
}

/**
 * Fair shares on two levels: among sources, and among the addresses of each source. An IPv6 boot network is
 * one /64 and so a single source; with fairness among sources alone, one of its hosts could take everything
 * from the others.
 */
export class NestedShares<T extends Share> {
  readonly #sources = new FairShares<T>();
  readonly #addresses = new Map<string, FairShares<T>>();

  /** Number of items. */
  get size(): number {
    return this.#sources.size;
  }

  /** Returns the number of items of one source. */
  countOf(source: string): number {
    return this.#sources.countOf(source);
  }

  /** Returns the shares of the addresses of one source; undefined if it has no items. */
  within(source: string): FairShares<T> | undefined {
    return this.#addresses.get(source);
  }

  /** Adds a new item as the freshest. */
  add(item: T): void {
    const { source, remote } = item;
    const addresses = this.#addresses.get(source) ?? new FairShares();
    this.#addresses.set(source, addresses);
    this.#sources.add(source, item);
    addresses.add(remote.address, item);
  }

  /** Removes an item, if present. */
  remove(item: T): void {
    const { source, remote } = item;
    this.#sources.remove(source, item);
    const addresses = this.#addresses.get(source);
    addresses?.remove(remote.address, item);
    if (addresses?.size === 0) {
      this.#addresses.delete(source);
    }
  }

  /** Makes an item the freshest. */
  touch(item: T): void {
    const { source, remote } = item;
    this.#sources.touch(source, item);
    this.#addresses.get(source)?.touch(remote.address, item);
  }

  /** Stalest item overall. */
  get stalest(): T | undefined {
    return this.#sources.stalest;
  }

  /** Number of items of the source that has the most. */
  get largestShare(): number {
    return this.#sources.largestShare;
  }

  /** Stalest item of the address that has the most items, in the source that has the most. */
  get stalestOfLargest(): T | undefined {
    const source = this.#sources.stalestOfLargest?.source;
    return source === undefined ? undefined : this.within(source)?.stalestOfLargest;
  }
}
