/**
 * Queue whose items leave in the order in which they came. It keeps its memory for later items, but no item
 * that has left.
 */
export class Fifo<T> {
  readonly #items: (T | undefined)[] = [];
  #first = 0;
  #end = 0;

  /** True if there is no item. */
  get isEmpty(): boolean {
    return this.#first === this.#end;
  }

  /** Adds an item at the end. */
  push(item: T): void {
    this.#items[this.#end] = item;
    this.#end += 1;
  }

  /** Removes and returns the first item; undefined if there is none. */
  shift(): T | undefined {
    if (this.isEmpty) {
      return undefined;
    }
    const item = this.#items[this.#first];
    this.#items[this.#first] = undefined;
    this.#first += 1;
    if (this.#first === this.#end) {
      this.#first = 0;
      this.#end = 0;
    }
    return item;
  }
}
