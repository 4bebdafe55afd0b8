import { sourceGroup } from '../access/source-group.js';

/**
 * Semaphore that sources share fairly: waiting sources take turns, however many requests each of them has.
 * The addresses of one source (an IPv6 /64) share its turns in the same way. Within an address, turns are
 * first come, first served.
 */
export class FairTurns {
  /** Waiters by source and address, in the order of their next turn. */
  readonly #waiting = new Map<string, Map<string, (() => void)[]>>();
  #free: number;

  /** @param count - maximum number of turns taken at a time */
  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Takes a turn: resolves when one is free, or returns undefined if one is free now.
   *
   * @param address - plain address of the client
   */
  take(address: string): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--;
      return undefined;
    }
    const source = sourceGroup(address);
    return new Promise((resolve) => {
      const addresses = this.#waiting.get(source) ?? new Map<string, (() => void)[]>();
      const queue = addresses.get(address) ?? [];
      queue.push(resolve);
      addresses.set(address, queue);
      this.#waiting.set(source, addresses);
    });
  }

  /**
   * Returns a turn, which goes to the next waiter if there is one. Must be called once for each turn taken.
   */
  give(): void {
    for (const [source, addresses] of this.#waiting) {
      for (const [address, queue] of addresses) {
        const next = queue.shift();
        moveToEnd(addresses, address, queue, queue.length);
        moveToEnd(this.#waiting, source, addresses, addresses.size);
        next?.();
        return;
      }
    }
    this.#free++;
  }
}

/** Turns that are returned automatically in the next turn of the event loop; sources share them fairly. */
export class LoopTurns {
  readonly #turns: FairTurns;
  /** Number of turns taken in this turn of the event loop. */
  #taken = 0;
  readonly #count = (): void => {
    this.#taken++;
    if (this.#taken === 1) {
      setImmediate(this.#giveAll);
    }
  };
  readonly #giveAll = (): void => {
    const taken = this.#taken;
    this.#taken = 0;
    for (let given = 0; given < taken; given++) {
      this.#turns.give();
    }
  };

  /** @param count - maximum number of turns taken in one turn of the event loop */
  constructor(count: number) {
    this.#turns = new FairTurns(count);
  }

  /**
   * Takes a turn: resolves when one is free, or returns undefined if one is free now.
   *
   * @param address - plain address of the client
   */
  take(address: string): Promise<void> | undefined {
    const turn = this.#turns.take(address);
    if (turn !== undefined) {
      return turn.then(this.#count);
    }
    this.#count();
    return undefined;
  }
}

/** Moves an entry to the end of a map, or removes it if it is empty. */
function moveToEnd<Value>(map: Map<string, Value>, key: string, value: Value, size: number): void {
  map.delete(key);
  if (size > 0) {
    map.set(key, value);
  }
}
