import { LRUCache } from 'lru-cache';

const PERIOD_MS = 60_000;

/** Occurrences of one kind since its last report. */
export interface Occurrences {
  readonly kind: string;
  readonly count: number;
  /** Address of the last occurrence. */
  readonly address: string;
}

/**
 * Returns a function that counts occurrences by kind. It reports the first of a kind immediately, and later
 * ones at most once a minute, with their number since the last report. Kinds are never forgotten, so they
 * must be few.
 */
export function createMinuteLog(
  write: (occurrences: Occurrences) => void,
  now: () => number = () => performance.now(),
): (kind: string, address: string) => void {
  const kinds = new Map<string, { count: number; writtenAt: number }>();
  return (kind, address) => {
    const state = kinds.get(kind) ?? { count: 0, writtenAt: -Infinity };
    kinds.set(kind, state);
    state.count++;
    if (now() - state.writtenAt < PERIOD_MS) {
      return;
    }
    write({ kind, count: state.count, address });
    state.count = 0;
    state.writtenAt = now();
  };
}

/** Maximum number of addresses whose last report is remembered. */
const MAX_ADDRESSES = 1024;

/**
 * Wraps `report` so that it is called at most once a minute for each of the last 1024 addresses, or other
 * values of the first argument.
 */
export function oncePerMinute<Facts extends readonly unknown[]>(
  report: (address: string, ...facts: Facts) => void,
): (address: string, ...facts: Facts) => void {
  const recent = new LRUCache<string, true>({ max: MAX_ADDRESSES, ttl: PERIOD_MS });
  return (address, ...facts) => {
    if (!recent.has(address)) {
      recent.set(address, true);
      report(address, ...facts);
    }
  };
}
