import { nearestTime } from '../state/stored-time.js';

/**
 * Returns a time in the form of the API. A time that has no such form, which another program may have written to the
 * database, becomes the nearest one, so that it does not keep a list from being shown.
 *
 * @param at - milliseconds since 1970
 */
export function timeText(at: number): string {
  return new Date(nearestTime(at)).toISOString();
}
