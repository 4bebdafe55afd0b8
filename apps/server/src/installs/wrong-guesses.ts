import { LRUCache } from 'lru-cache';

/** Maximum number of wrong guesses of one address within a minute. */
const MAX_PER_MINUTE = 20;
const MINUTE_MS = 60_000;
const ADDRESSES = 4096;

/** Counts wrong tokens, or unknown installations, by address, so that guessing is slow. */
export class WrongGuesses {
  readonly #counts = new LRUCache<string, { count: number; since: number }>({ max: ADDRESSES });

  /** Returns true if an address has sent too many of them. */
  isBlocked(address: string, now: number): boolean {
    const { count, since } = this.#counts.get(address) ?? { count: 0, since: now };
    return count >= MAX_PER_MINUTE && now - since < MINUTE_MS;
  }

  add(address: string, now: number): void {
    const known = this.#counts.get(address);
    const isRecent = known !== undefined && now - known.since < MINUTE_MS;
    this.#counts.set(address, {
      count: isRecent ? known.count + 1 : 1,
      since: isRecent ? known.since : now,
    });
  }
}
