import { type Boot } from './boot.js';

/**
 * Boots by id, up to a maximum. When there are too many, the oldest boot of an address that has more than a
 * quarter of the places is removed, otherwise the oldest of all: one host can pretend to be any number of
 * machines, and must not displace all others.
 */
export class KeptBoots {
  readonly #max: number;
  readonly #boots = new Map<number, Boot>();
  readonly #counts = new Map<string, number>();

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
    if (!this.#boots.has(boot.id)) {
      this.#count(boot, 1);
    }
    this.#boots.set(boot.id, boot);
    if (this.#boots.size > this.#max) {
      this.delete(this.#superfluous());
    }
  }

  delete(id: number): void {
    const boot = this.#boots.get(id);
    if (boot !== undefined) {
      this.#boots.delete(id);
      this.#count(boot, -1);
    }
  }

  /** Adds as many of the newest of these boots as there is room for, before the boots already kept. */
  prepend(boots: readonly Boot[]): void {
    const room = this.#max - this.#boots.size;
    const newer = [...this.#boots.values()];
    const older = boots.toSorted((one, other) => one.startedAt - other.startedAt);
    this.#boots.clear();
    this.#counts.clear();
    for (const boot of [...(room > 0 ? older.slice(-room) : []), ...newer]) {
      this.put(boot);
    }
  }

  #count({ address }: Boot, change: number): void {
    const count = (this.#counts.get(address) ?? 0) + change;
    if (count === 0) {
      this.#counts.delete(address);
    } else {
      this.#counts.set(address, count);
    }
  }

  /** Returns the id of the boot to remove. */
  #superfluous(): number {
    let largest: string | undefined;
    let most = this.#max / 4;
    for (const [address, count] of this.#counts) {
      if (count > most) {
        largest = address;
        most = count;
      }
    }
    for (const [id, { address }] of this.#boots) {
      if (largest === undefined || address === largest) {
        return id;
      }
    }
    return Number.NaN;
  }
}
