/** Most recently noted addresses, at most `max` of them. */
export class RecentAddresses {
  readonly #notedAt = new Map<string, number>();
  readonly #max: number;
  readonly #keepMs: number;

  /**
   * @param max - maximum number of addresses remembered
   * @param keepMs - time for which they are remembered, in milliseconds
   */
  constructor(max: number, keepMs: number) {
    this.#max = max;
    this.#keepMs = keepMs;
  }

  /** Notes an address as the latest. */
  note(address: string, now: number): void {
    this.#notedAt.delete(address);
    this.#notedAt.set(address, now);
    const [oldest] = this.#notedAt.keys();
    if (oldest !== undefined && this.#notedAt.size > this.#max) {
      this.#notedAt.delete(oldest);
    }
  }

  /** Returns true if an address was noted and is still remembered. */
  has(address: string, now: number): boolean {
    const notedAt = this.#notedAt.get(address);
    return notedAt !== undefined && now - notedAt < this.#keepMs;
  }

  /** Removes an address, if present. */
  delete(address: string): void {
    this.#notedAt.delete(address);
  }
}
