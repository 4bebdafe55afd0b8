import * as z from 'zod';

/** Last millisecond of 9999, the last year with four digits, in milliseconds since 1970. */
const MAX_TIME_MS = Date.UTC(10_000, 0) - 1;

/**
 * Time in milliseconds since 1970, from a database that other programs may have written to. A time that has no
 * text in the form of the API would otherwise fail wherever it is shown.
 */
export const storedTime = z.number().min(0).max(MAX_TIME_MS);

/** Returns a time from a column of the database, or the nearest one that {@link storedTime} allows. */
export function nearestTime(at: number): number {
  return Math.min(Math.max(at, 0), MAX_TIME_MS);
}
