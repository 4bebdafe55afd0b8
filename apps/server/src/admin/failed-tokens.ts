import { LRUCache } from 'lru-cache';

import { sourceGroup } from '../access/source-group.js';

const MAX_FAILURES = 10;
const PERIOD_MS = 60_000;
const SOURCES_REMEMBERED = 1024;

/** Wrong tokens of each source, so that guessing is slow. */
export interface FailedTokens {
  /** True when a source has used up its wrong tokens for now: its next one is not looked at. */
  isBlocked(address: string): boolean;
  failed(address: string): void;
}

/** Allows a source 10 wrong tokens a minute, counted from the first. */
export function createFailedTokens(now: () => number = () => performance.now()): FailedTokens {
  const failures = new LRUCache<string, number>({
    max: SOURCES_REMEMBERED,
    ttl: PERIOD_MS,
    ttlResolution: 0,
    perf: { now },
    noUpdateTTL: true,
  });
  return {
    isBlocked: (address) => (failures.get(sourceGroup(address)) ?? 0) >= MAX_FAILURES,
    failed(address) {
      const source = sourceGroup(address);
      failures.set(source, (failures.get(source) ?? 0) + 1);
    },
  };
}
