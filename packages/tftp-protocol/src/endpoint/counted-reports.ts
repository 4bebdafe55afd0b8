/** Minimum interval between two reports of one kind, in milliseconds. */
const REPORT_EVERY_MS = 1_000;

/** Reports frequent events at most once per second and kind, with their number. */
export class CountedReports<Kind> {
  readonly #kinds = new Map<Kind, { count: number; reportedAt: number }>();

  /**
   * Counts an event.
   *
   * @returns the count to report now, or 0 if it is too early
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
