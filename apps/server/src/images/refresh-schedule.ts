import { type Generation, type RefreshRecord } from '@pxe/debian-netboot';

/**
 * Returns how long to wait until the source is asked again, in milliseconds: an interval after the
 * last complete sync, or else after the images were made. Where a clock was wrong, so that nobody knows
 * how old they are, at once.
 *
 * @param served - the generation that is served, if there is one
 * @param interval - milliseconds between looks at the source
 * @param now - the time, in milliseconds since 1970
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
  // A time in the future is that of a clock that was wrong.
  const latest = Math.max(...[made, checked].filter((time) => time <= now), -Infinity);
  return Math.max(0, latest + interval - now);
}
