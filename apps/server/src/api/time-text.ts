import { nearestTime } from '../state/stored-time.js';

/**
 * Formats a time as the API does, in ISO 8601 and UTC. Another program may have written a time that has no
 * such form to the database; it is replaced with the nearest time that has one, so that the list can still be
 * shown.
 *
 * @param at - milliseconds since 1970
 */
export function timeText(at: number): string {
  return new Date(nearestTime(at)).toISOString();
}
