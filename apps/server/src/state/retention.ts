const DAY_MS = 24 * 60 * 60 * 1000;

/** Bounds of the stored history. */
export const RETENTION = {
  /** Age at which boots and machines are removed, in milliseconds. */
  ageMs: 30 * DAY_MS,
  /** Maximum number of boots kept. */
  boots: 20_000,
  /** Maximum number of possibly forged boots kept; they never displace others. */
  unprovenBoots: 500,
  machines: 20_000,
} as const;

/** Size of the database in bytes at which the oldest boots are removed. */
export const TRIM_AT_BYTES = 44 * 1024 * 1024;
/** Size at which SQLite refuses to grow, in bytes. With its log, the state stays below 64 MB. */
export const MAX_DATABASE_BYTES = 50 * 1024 * 1024;
/** Size of SQLite's log at which writing stops, in bytes; it grows while another program reads. */
export const MAX_LOG_BYTES = 12 * 1024 * 1024;

/** Number of written boots after which the history is trimmed: a few megabytes. */
const TRIM_EVERY_BOOTS = 2000;
/** Number of written boots, and milliseconds since the last time, after which it is trimmed. */
const TRIM_SOON_BOOTS = 200;
const TRIM_SOON_MS = 10 * 1000;
/** Time after which it is trimmed anyway, in milliseconds. */
export const TRIM_EVERY_MS = 10 * 60 * 1000;

/** Work since the last trim. */
export interface SinceTrim {
  readonly writtenBoots: number;
  /** Milliseconds. */
  readonly elapsedMs: number;
}

/** Returns true if it is time to trim the history. */
export function isTrimDue({ writtenBoots, elapsedMs }: SinceTrim): boolean {
  return (
    writtenBoots >= TRIM_EVERY_BOOTS ||
    (writtenBoots >= TRIM_SOON_BOOTS && elapsedMs >= TRIM_SOON_MS) ||
    elapsedMs >= TRIM_EVERY_MS
  );
}

/**
 * Returns the number of boots to keep so that the database shrinks: a tenth fewer than there are;
 * undefined while it is below its limit.
 */
export function bootsThatFit(usedBytes: number, boots: number): number | undefined {
  return usedBytes < TRIM_AT_BYTES ? undefined : Math.floor(boots * 0.9);
}
