import { type Boot } from '../machines/boot.js';

/** Maximum number of boots that wait for the database; above that, the oldest are dropped. */
const MAX_WAITING = 5_000;
/**
 * Maximum number of possibly forged boots that wait: few, so that a flood cannot keep the disk
 * busy.
 */
const MAX_UNPROVEN_WAITING = 20;

/** Boots that have changed since they were last written, each in its newest version. */
export class BootQueue {
  readonly #proven = new Map<number, Boot>();
  readonly #unproven = new Map<number, Boot>();
  #lost = 0;

  /** Number of waiting boots. */
  get size(): number {
    return this.#proven.size + this.#unproven.size;
  }

  /**
   * Adds a boot, or its newer version. Possibly forged boots are added only once they have ended.
   */
  put(boot: Boot): void {
    if (boot.proven) {
      this.#unproven.delete(boot.id);
      this.#proven.set(boot.id, boot);
      this.#lost += dropOldest(this.#proven, MAX_WAITING);
    } else if (boot.outcome !== 'booting') {
      this.#unproven.set(boot.id, boot);
      dropOldest(this.#unproven, MAX_UNPROVEN_WAITING);
    }
  }

  /**
   * Removes and returns up to `count` boots: proven ones first, in the order in which they have been waiting.
   */
  take(count: number): readonly Boot[] {
    const taken = [...this.#proven.values(), ...this.#unproven.values()].slice(0, count);
    for (const { id } of taken) {
      this.#proven.delete(id);
      this.#unproven.delete(id);
    }
    return taken;
  }

  /**
   * Puts back boots that could not be written, ahead of all others, unless they have changed since.
   */
  putBack(boots: readonly Boot[]): void {
    const waiting = [...this.#proven.values(), ...this.#unproven.values()];
    this.#proven.clear();
    this.#unproven.clear();
    for (const boot of [...boots, ...waiting]) {
      this.put(boot);
    }
  }

  /** Returns the number of proven boots dropped since the last call. */
  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }
}

function dropOldest(boots: Map<number, Boot>, max: number): number {
  let dropped = 0;
  for (const id of boots.keys()) {
    if (boots.size <= max) {
      break;
    }
    boots.delete(id);
    dropped += 1;
  }
  return dropped;
}
