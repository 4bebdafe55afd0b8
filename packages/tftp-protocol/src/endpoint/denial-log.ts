/** An address is told of again after this time, in milliseconds. */
const REPORT_EVERY_MS = 60_000;

/** Addresses remembered; beyond, the oldest is forgotten. */
const MAX_ADDRESSES = 1_024;

/** Thins out reports about addresses outside the allow-list to one a minute for each. */
export class DenialLog {
  readonly #reportedAt = new Map<string, number>();

  /** Whether `address` is worth a report now. */
  isNew(address: string, now: number): boolean {
    const reportedAt = this.#reportedAt.get(address);
    if (reportedAt !== undefined && now - reportedAt < REPORT_EVERY_MS) {
      return false;
    }
    this.#reportedAt.delete(address);
    this.#reportedAt.set(address, now);
    const [oldest] = this.#reportedAt.keys();
    if (oldest !== undefined && this.#reportedAt.size > MAX_ADDRESSES) {
      this.#reportedAt.delete(oldest);
    }
    return true;
  }
}
