import { describe, expect, it } from 'vitest';

import { type Generation } from '@pxe/debian-netboot';

import { retryPause, timeToNextLook } from './refresh-schedule.js';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-11-28T12:00:00Z');

function madeAt(time: number): Generation {
  const createdAt = new Date(time).toISOString();
  return { id: 'x', manifest: { id: 'x', createdAt, targets: [], efiLoaders: [] } };
}

/** Returns the number of hours until the next check, with an interval of six hours. */
function hours(
  ...[served, record]: [Generation | undefined, Parameters<typeof timeToNextLook>[1]]
) {
  return timeToNextLook(served, record, 6 * HOUR, NOW) / HOUR;
}

describe('retryPause', () => {
  const minutes = (interval: number, hasImages: boolean): number[] =>
    [1, 2, 3, 4, 5, 10, 2000].map((failures) => retryPause(failures, interval, hasImages) / 60_000);

  it('doubles up to the interval', () => {
    expect(minutes(6 * HOUR, true)).toEqual([1, 2, 4, 8, 16, 360, 360]);
    expect(minutes(HOUR / 20, true)).toEqual([1, 2, 3, 3, 3, 3, 3]);
    expect(minutes(1000, true)).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  it('stays at five minutes while there are no images', () => {
    expect(minutes(6 * HOUR, false)).toEqual([1, 2, 4, 5, 5, 5, 5]);
    expect(minutes(HOUR / 20, false)).toEqual([1, 2, 3, 3, 3, 3, 3]);
  });
});

describe('timeToNextLook', () => {
  it('counts from the last complete sync, or from the creation of the images', () => {
    const old = madeAt(NOW - 40 * HOUR);
    expect(hours(undefined, {})).toBe(0);
    expect(hours(madeAt(NOW - 2 * HOUR), {})).toBe(4);
    expect(hours(old, {})).toBe(0);
    expect(hours(old, { outcome: 'complete', checkedAt: new Date(NOW - HOUR) })).toBe(5);
    expect(hours(old, { outcome: 'failed', checkedAt: new Date(NOW - HOUR) })).toBe(0);
  });

  it('is zero after a clock was ahead, unless the time of the last sync is known', () => {
    const ahead = madeAt(NOW + 1000 * HOUR);
    expect(hours(ahead, {})).toBe(0);
    expect(hours(ahead, { outcome: 'complete', checkedAt: new Date(NOW + 900 * HOUR) })).toBe(0);
    expect(hours(ahead, { outcome: 'complete', checkedAt: new Date(NOW - HOUR) })).toBe(5);
    const old = madeAt(NOW - 2 * HOUR);
    expect(hours(old, { outcome: 'complete', checkedAt: new Date(NOW + HOUR) })).toBe(4);
  });
});
