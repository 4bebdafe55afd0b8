/** Reports of one kind are made once in this time, in milliseconds. */
const REPORT_EVERY_MS = 1_000;

/** Thins out reports of what may happen thousands of times a second: one a second for each kind, with a count. */
export class CountedReports<Kind> {
  readonly #kinds = new Map<Kind, { count: number; reportedAt: number }>();

  /**
   * Counts one more.
   *
   * @returns how many are to be reported now, or 0 when it is too early
   */
  count(kind: Kind, now: number): number {
    const entry = this.#kinds.get(kind) ?? { count: 0, reportedAt: -Infinity };
    this.#kinds.set(kind, entry);
    entry.count += 1;
    if (now - entry.reportedAt < REPORT_EVERY_MS) {
      return 0;
    }
    const { count } = entry;
    entry.count = 0;
    entry.reportedAt = now;
    return count;
  }
}
