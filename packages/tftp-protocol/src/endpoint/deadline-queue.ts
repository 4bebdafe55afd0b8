/** Something that wants to be woken at a time of its own that may move. */
export interface Scheduled {
  /** When to wake it, in milliseconds; undefined once it needs no waking any more. */
  readonly deadline: number | undefined;
  /** The queue's own note of when it will look at the item; undefined while it has none. */
  slot: DeadlineSlot | undefined;
}

/** A time at which a `DeadlineQueue` looks at an item. */
export interface DeadlineSlot {
  readonly at: number;
  /** Undefined once the item is looked at earlier, or not any more. */
  item: Scheduled | undefined;
}

interface Slot<T extends Scheduled> extends DeadlineSlot {
  item: T | undefined;
}

/**
 * The deadlines of many transfers behind one timer. A deadline that moves later costs nothing, and
 * nearly every acknowledgement moves one: an item is looked at again when its old time comes, and
 * put back. A binary heap holds one slot for each item, and empty ones of items that are gone or
 * whose deadline came nearer: what was cancelled is not kept in memory until its time comes.
 */
export class DeadlineQueue<T extends Scheduled> {
  readonly #heap: Slot<T>[] = [];

  /** Earliest time at which something may be due; undefined when nothing is scheduled. */
  get next(): number | undefined {
    return this.#heap[0]?.at;
  }

  /** Slots in use. */
  get size(): number {
    return this.#heap.length;
  }

  /**
   * Makes sure that `item` is woken at its deadline.
   *
   * @returns false when it has none
   */
  schedule(item: T): boolean {
    const at = item.deadline;
    if (at === undefined) {
      return false;
    }
    if (item.slot === undefined || at < item.slot.at) {
      this.cancel(item);
      const slot = { at, item };
      item.slot = slot;
      this.#push(slot);
    }
    return true;
  }

  /** Looks at `item` no more. */
  cancel(item: T): void {
    if (item.slot !== undefined) {
      item.slot.item = undefined;
      item.slot = undefined;
    }
  }

  /** Takes out one item whose deadline has come; undefined when there is none. */
  due(now: number): T | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.at > now) {
        return undefined;
      }
      this.#pop();
      const { item } = first;
      if (item === undefined) {
        continue;
      }
      item.slot = undefined;
      if (item.deadline !== undefined && item.deadline <= now) {
        return item;
      }
      this.schedule(item);
    }
  }

  #push(slot: Slot<T>): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(slot);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || above.at <= slot.at) {
        break;
      }
      heap[index] = above;
      index = parent;
    }
    heap[index] = slot;
  }

  #pop(): void {
    const heap = this.#heap;
    const moved = heap.pop();
    if (moved === undefined || heap.length === 0) {
      return;
    }
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const left = heap[child];
      const right = heap[child + 1];
      if (left === undefined) {
        break;
      }
      let least = left;
      if (right !== undefined && right.at < left.at) {
        child += 1;
        least = right;
      }
      if (moved.at <= least.at) {
        break;
      }
      heap[index] = least;
      index = child;
    }
    heap[index] = moved;
  }
}
