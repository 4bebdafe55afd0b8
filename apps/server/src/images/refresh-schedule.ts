import { type Generation, type RefreshRecord } from '@pxe/debian-netboot';

/** Delay after the first failed sync, in milliseconds. */
export const FIRST_RETRY_MS = 60_000;
/** Longest delay after a failed sync while there are no images to serve, in milliseconds. */
const LONGEST_WITHOUT_IMAGES_MS = 5 * 60_000;

/**
 * Returns the delay after a number of consecutive failed syncs, in milliseconds: doubled each time, up to the
 * interval between checks, or up to a few minutes while no machine can boot.
 *
 * @param failures - at least 1
 * @param interval - time between checks, in milliseconds
 */
export function retryPause(failures: number, interval: number, hasImages: boolean): number {
  const longest = hasImages ? interval : Math.min(interval, LONGEST_WITHOUT_IMAGES_MS);
  return Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), Math.max(FIRST_RETRY_MS, longest));
}

/**
 * Returns the time until the next check of the source, in milliseconds: one interval after the last complete
 * sync or the creation of the images, whichever is later. Returns 0 without images, or if a wrong clock makes
 * their age unknown.
 *
 * @param served - served generation, if there is one
 * @param interval - time between checks, in milliseconds
 * @param now - current time, in milliseconds since 1970
 */
export function timeToNextLook(
  served: Generation | undefined,
  { checkedAt, outcome }: RefreshRecord,
  interval: number,
  now: number,
): number {
  if (served === undefined) {
    return 0;
  }
  const made = Date.parse(served.manifest.createdAt);
  const checked = outcome === 'complete' ? (checkedAt?.getTime() ?? made) : made;
  // A time in the future comes from a wrong clock.
  const latest = Math.max(...[made, checked].filter((time) => time <= now), -Infinity);
  return Math.max(0, latest + interval - now);
}
