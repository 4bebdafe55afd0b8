import { describe, expect, it } from 'vitest';

import { type Generation } from '@pxe/debian-netboot';

import { timeToNextLook } from './refresh-schedule.js';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-11-28T12:00:00Z');

function madeAt(time: number): Generation {
  const createdAt = new Date(time).toISOString();
  return { id: 'x', manifest: { id: 'x', createdAt, targets: [], efiLoaders: [] } };
}

/** Hours until the next check, with an interval of six. */
function hours(
  ...[served, record]: [Generation | undefined, Parameters<typeof timeToNextLook>[1]]
) {
  return timeToNextLook(served, record, 6 * HOUR, NOW) / HOUR;
}

describe('timeToNextLook', () => {
  it('counts from the last complete sync, or from the creation of the images', () => {
    const old = madeAt(NOW - 40 * HOUR);
    expect(hours(undefined, {})).toBe(0);
    expect(hours(madeAt(NOW - 2 * HOUR), {})).toBe(4);
    expect(hours(old, {})).toBe(0);
    expect(hours(old, { outcome: 'complete', checkedAt: new Date(NOW - HOUR) })).toBe(5);
    expect(hours(old, { outcome: 'failed', checkedAt: new Date(NOW - HOUR) })).toBe(0);
  });

  it('is zero after a clock was ahead, unless the last sync is known', () => {
    const ahead = madeAt(NOW + 1000 * HOUR);
    expect(hours(ahead, {})).toBe(0);
    expect(hours(ahead, { outcome: 'complete', checkedAt: new Date(NOW + 900 * HOUR) })).toBe(0);
    expect(hours(ahead, { outcome: 'complete', checkedAt: new Date(NOW - HOUR) })).toBe(5);
    const old = madeAt(NOW - 2 * HOUR);
    expect(hours(old, { outcome: 'complete', checkedAt: new Date(NOW + HOUR) })).toBe(4);
  });
});
