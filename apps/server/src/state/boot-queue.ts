import { type Boot } from '../machines/boot.js';

/** Boots that wait for the database; the oldest leave when there are more. */
const MAX_WAITING = 5_000;
/** Those that may be forged have few places, so that a flood cannot keep the disk busy. */
const MAX_UNPROVEN_WAITING = 20;

/** Boots that changed since they were written, each in its newest version. */
export class BootQueue {
  readonly #proven = new Map<number, Boot>();
  readonly #unproven = new Map<number, Boot>();
  #lost = 0;

  /** Number of boots that wait. */
  get size(): number {
    return this.#proven.size + this.#unproven.size;
  }

  /** Adds a boot, or its newer version. Of those that may be forged, only finished ones count. */
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

  /** Takes the boots that have waited longest out. */
  take(count: number): readonly Boot[] {
    const taken = [...this.#proven.values(), ...this.#unproven.values()].slice(0, count);
    for (const { id } of taken) {
      this.#proven.delete(id);
      this.#unproven.delete(id);
    }
    return taken;
  }

  /** Puts boots back that could not be written, before all others, unless they changed since. */
  putBack(boots: readonly Boot[]): void {
    const waiting = [...this.#proven.values(), ...this.#unproven.values()];
    this.#proven.clear();
    this.#unproven.clear();
    for (const boot of [...boots, ...waiting]) {
      this.put(boot);
    }
  }

  /** Number of proven boots that had to leave unwritten, since the last call. */
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
