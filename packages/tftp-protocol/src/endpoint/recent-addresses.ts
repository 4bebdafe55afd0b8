/** Addresses of which something was noted a short while ago; at most `max`, the latest ones. */
export class RecentAddresses {
  readonly #notedAt = new Map<string, number>();
  readonly #max: number;
  readonly #keepMs: number;

  /**
   * @param max - addresses remembered
   * @param keepMs - time for which they are, in milliseconds
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

  /** Whether an address was noted within the time. */
  has(address: string, now: number): boolean {
    const notedAt = this.#notedAt.get(address);
    return notedAt !== undefined && now - notedAt < this.#keepMs;
  }

  /** Takes an address out, if it is there. */
  delete(address: string): void {
    this.#notedAt.delete(address);
  }
}
