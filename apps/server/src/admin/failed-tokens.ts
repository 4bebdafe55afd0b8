import { LRUCache } from 'lru-cache';

import { isLoopback, sourceGroup } from '../access/source-group.js';

const MAX_FAILURES = 10;
const PERIOD_MS = 60_000;
const SOURCES_REMEMBERED = 1024;

/** Counts wrong tokens per source, to slow down guessing. */
export interface FailedTokens {
  /** Returns true if the source of an address has used up its attempts: its next token is not checked. */
  isBlocked(address: string): boolean;
  failed(address: string): void;
}

/**
 * Creates a counter that allows each source 10 wrong tokens within a minute of the first one. All loopback
 * addresses count as one source, since a user of this host can use any of them.
 */
export function createFailedTokens(now: () => number = () => performance.now()): FailedTokens {
  const failures = new LRUCache<string, number>({
    max: SOURCES_REMEMBERED,
    ttl: PERIOD_MS,
    ttlResolution: 0,
    perf: { now },
    noUpdateTTL: true,
  });
  return {
    isBlocked: (address) => (failures.get(sourceOf(address)) ?? 0) >= MAX_FAILURES,
    failed(address) {
      const source = sourceOf(address);
      failures.set(source, (failures.get(source) ?? 0) + 1);
    },
  };
}

function sourceOf(address: string): string {
  return isLoopback(address) ? 'loopback' : sourceGroup(address);
}
