import { LRUCache } from 'lru-cache';

/** Maximum number of wrong guesses from one source within a minute. */
const MAX_PER_MINUTE = 20;
const MINUTE_MS = 60_000;
const SOURCES = 4096;

/** Counts wrong tokens and unknown installations, by {@link sourceGroup}, to slow down guessing. */
export class WrongGuesses {
  readonly #counts = new LRUCache<string, { count: number; since: number }>({ max: SOURCES });

  /** Returns true if a source has made too many wrong guesses. */
  isBlocked(source: string, now: number): boolean {
    const { count, since } = this.#counts.get(source) ?? { count: 0, since: now };
    return count >= MAX_PER_MINUTE && now - since < MINUTE_MS;
  }

  add(source: string, now: number): void {
    const known = this.#counts.get(source);
    const isRecent = known !== undefined && now - known.since < MINUTE_MS;
    this.#counts.set(source, {
      count: isRecent ? known.count + 1 : 1,
      since: isRecent ? known.since : now,
    });
  }
}
