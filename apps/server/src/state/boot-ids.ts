/** 2026-01-01, in milliseconds since 1970. */
const EPOCH_MS = 1_767_225_600_000;
/** Number of ids reserved per second of start time. */
const IDS_PER_SECOND = 2 ** 23;

/**
 * Returns the first id of a run of the daemon. Boots are stored under their ids, which must differ
 * from those of earlier runs and of other daemons on the same database, and must be known without
 * querying it: the id consists of the start time and a random part. It stays below 2^53 until 2060.
 *
 * @param now - current time, in milliseconds since 1970
 * @param random - random number, at least 0 and below 1
 */
export function firstBootId(now: number, random: number): number {
  const seconds = Math.max(0, Math.floor((now - EPOCH_MS) / 1000));
  return seconds * IDS_PER_SECOND + Math.floor(random * IDS_PER_SECOND) + 1;
}
