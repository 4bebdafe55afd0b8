import { type Boot } from './boot.js';

/**
 * Boots by id, up to a maximum. When there are too many, the oldest boot of an address that has more than a
 * quarter of the places is removed, otherwise the oldest of all: one host can pretend to be any number of
 * machines, and must not displace all others.
 */
export class KeptBoots {
  readonly #max: number;
  readonly #boots = new Map<number, Boot>();
  /** Ids of the boots of each address, oldest first. */
  readonly #idsByAddress = new Map<string, Set<number>>();
  /** Addresses with more than a quarter of the places. */
  readonly #large = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#boots.size;
  }

  has(id: number): boolean {
    return this.#boots.has(id);
  }

  values(): IterableIterator<Boot> {
    return this.#boots.values();
  }

  /** Adds a boot, or replaces its earlier version. */
  put(boot: Boot): void {
    const former = this.#boots.get(boot.id);
    if (former?.address !== boot.address) {
      this.#unlist(former);
      this.#list(boot);
    }
    this.#boots.set(boot.id, boot);
    if (this.#boots.size > this.#max) {
      const superfluous = this.#superfluous();
      if (superfluous !== undefined) {
        this.delete(superfluous);
      }
    }
  }

  delete(id: number): void {
    const boot = this.#boots.get(id);
    this.#boots.delete(id);
    this.#unlist(boot);
  }

  /** Adds as many of the newest of these boots as there is room for, before the boots already kept. */
  prepend(boots: readonly Boot[]): void {
    const room = this.#max - this.#boots.size;
    const newer = [...this.#boots.values()];
    const older = boots.toSorted((one, other) => one.startedAt - other.startedAt);
    this.#boots.clear();
    this.#idsByAddress.clear();
    this.#large.clear();
    for (const boot of [...(room > 0 ? older.slice(-room) : []), ...newer]) {
      this.put(boot);
    }
  }

  #list({ id, address }: Boot): void {
    const ids = this.#idsByAddress.get(address) ?? new Set<number>();
    this.#idsByAddress.set(address, ids.add(id));
    if (ids.size > this.#max / 4) {
      this.#large.add(address);
    }
  }

  #unlist(boot: Boot | undefined): void {
    if (boot === undefined) {
      return;
    }
    const ids = this.#idsByAddress.get(boot.address) ?? new Set<number>();
    ids.delete(boot.id);
    if (ids.size <= this.#max / 4) {
      this.#large.delete(boot.address);
    }
    if (ids.size === 0) {
      this.#idsByAddress.delete(boot.address);
    }
  }

  /** Returns the id of the boot to remove. Takes the same few steps however many boots and addresses there are. */
  #superfluous(): number | undefined {
    let largest: ReadonlySet<number> | undefined;
    for (const address of this.#large) {
      const ids = this.#idsByAddress.get(address);
      if (ids !== undefined && ids.size > (largest?.size ?? 0)) {
        largest = ids;
      }
    }
    return (largest ?? this.#boots).keys().next().value;
  }
}
