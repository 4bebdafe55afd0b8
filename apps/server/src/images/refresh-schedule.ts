import { type Generation, type RefreshRecord } from '@pxe/debian-netboot';

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
