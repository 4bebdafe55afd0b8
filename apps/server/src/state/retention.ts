const DAY_MS = 24 * 60 * 60 * 1000;

/** Limits on the stored history. */
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
export const TRIM_AT_BYTES = 44_000_000;
/**
 * Size beyond which SQLite refuses to let the database grow, in bytes: a whole number of pages. With its log
 * and one more transaction, the files stay below 64 MB.
 */
export const MAX_DATABASE_BYTES = 48 * 1024 * 1024;
/**
 * Size of PostgreSQL's tables in bytes at which they are rewritten without the space of removed and replaced
 * rows. It is larger than the rows in use can be, so that rewrites are rare.
 */
export const REWRITE_AT_BYTES = 56_000_000;
/**
 * Size of SQLite's log above which no transaction begins, in bytes; the log grows while another program is
 * reading.
 */
export const MAX_LOG_BYTES = 8 * 1024 * 1024;
/** Maximum growth of the log in one transaction, in bytes. */
export const MAX_WRITE_BYTES = 4 * 1024 * 1024;

/**
 * Number of written bytes after which the history is trimmed; their pages take up to twice as much space.
 */
const TRIM_EVERY_BYTES = 1024 * 1024;
/** Number of written bytes that trigger a trim if {@link TRIM_SOON_MS} have passed since the last one. */
const TRIM_SOON_BYTES = 200 * 1024;
const TRIM_SOON_MS = 10 * 1000;
/** Time after which the history is trimmed in any case, in milliseconds. */
export const TRIM_EVERY_MS = 10 * 60 * 1000;

/** Bytes written, and time passed, since the last trim. */
export interface SinceTrim {
  readonly writtenBytes: number;
  readonly elapsedMs: number;
}

/** Returns true if the history must be trimmed. */
export function isTrimDue({ writtenBytes, elapsedMs }: SinceTrim): boolean {
  return (
    writtenBytes >= TRIM_EVERY_BYTES ||
    (writtenBytes >= TRIM_SOON_BYTES && elapsedMs >= TRIM_SOON_MS) ||
    elapsedMs >= TRIM_EVERY_MS
  );
}

/**
 * Returns the number of boots to keep so that the database shrinks: a tenth fewer than there are. Returns
 * undefined while the database is below its limit.
 */
export function bootsThatFit(usedBytes: number, boots: number): number | undefined {
  return usedBytes < TRIM_AT_BYTES ? undefined : Math.floor(boots * 0.9);
}
