/** Item of a queue, with a deadline that may move. */
export interface Scheduled {
  /** Deadline in milliseconds; undefined if there is none. */
  readonly deadline: number | undefined;
  /** Slot in the queue; only the queue sets it. */
  slot: DeadlineSlot | undefined;
  /** Time of that slot, here since nearly every datagram asks for it; only the queue sets it. */
  slotAt: number;
}

/** Entry of the heap: a time at which a `DeadlineQueue` checks an item. */
export interface DeadlineSlot {
  readonly at: number;
  /** Undefined if the item was cancelled or has an earlier slot. */
  item: Scheduled | undefined;
}

interface Slot<T extends Scheduled> extends DeadlineSlot {
  item: T | undefined;
}

/**
 * Deadlines of many transfers behind one timer. Postponing a deadline, as nearly every
 * acknowledgement does, is free: the item is checked at its old time and put back. A binary heap
 * holds one slot per item, plus the empty slots of cancelled items and of items whose deadline
 * became earlier; cancelled items themselves are not kept in memory.
 */
export class DeadlineQueue<T extends Scheduled> {
  readonly #heap: Slot<T>[] = [];

  /** Earliest time at which an item may be due; undefined if nothing is scheduled. */
  get next(): number | undefined {
    return this.#heap[0]?.at;
  }

  /** Number of slots in the heap, including empty ones. */
  get size(): number {
    return this.#heap.length;
  }

  /**
   * Schedules `item` for its deadline.
   *
   * @returns false if the item has no deadline
   */
  schedule(item: T): boolean {
    const at = item.deadline;
    if (at === undefined) {
      return false;
    }
    if (item.slot === undefined || at < item.slotAt) {
      this.cancel(item);
      const slot = { at, item };
      item.slot = slot;
      item.slotAt = at;
      this.#push(slot);
    }
    return true;
  }

  /** Removes `item`. */
  cancel(item: T): void {
    if (item.slot !== undefined) {
      item.slot.item = undefined;
      item.slot = undefined;
    }
  }

  /** Removes and returns an item whose deadline has passed. */
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
