import { LRUCache } from 'lru-cache';

const REPEAT_AFTER_MS = 60_000;
const SOURCES_REMEMBERED = 1024;

/** Lets each refused source be logged once a minute, however often it asks. */
export function createRefusalLog(write: (address: string) => void): (address: string) => void {
  const recent = new LRUCache<string, true>({ max: SOURCES_REMEMBERED, ttl: REPEAT_AFTER_MS });
  return (address) => {
    if (recent.has(address)) {
      return;
    }
    recent.set(address, true);
    write(address);
  };
}
