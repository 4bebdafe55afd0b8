import { describe, expect, it } from 'vitest';

import { type Boot, type BootStage } from '../machines/boot.js';
import { createBootHistory } from '../state/boot-history.js';
import { describeStatistics } from './boot-statistics.js';

const NOW = Date.UTC(2026, 0, 31, 12, 0, 30);

function stage(changes: Partial<BootStage>): BootStage {
  return {
    name: 'initrd',
    path: '/initrd.gz',
    transport: 'http',
    startedAt: NOW,
    endedAt: NOW,
    result: 'delivered',
    fetches: 1,
    ...changes,
  };
}

function boot(secondsAgo: number, changes: Partial<Boot> = {}): Boot {
  const startedAt = NOW - secondsAgo * 1000;
  return {
    id: secondsAgo,
    address: '192.0.2.1',
    startedAt,
    lastSeenAt: startedAt,
    stages: [],
    refused: [],
    machinesAtAddress: 1,
    proven: true,
    outcome: 'menu',
    ...changes,
  };
}

/** Returns a boot that has reached the installer after a number of seconds. */
function installer(secondsAgo: number, seconds: number): Boot {
  const endedAt = NOW - (secondsAgo - seconds) * 1000;
  return boot(secondsAgo, {
    outcome: 'installer',
    stages: [
      stage({ name: 'loader', transport: 'tftp', bytes: 100 }),
      stage({ name: 'kernel', transport: 'tftp' }),
      stage({ endedAt, bytes: 5000 }),
    ],
  });
}

/** Returns a history of boots that is kept only in memory. */
function memory(boots: readonly Boot[]): ReturnType<typeof createBootHistory> {
  return createBootHistory({ journal: { boots: () => boots } });
}

describe('statistics of boots', () => {
  it('count boots by outcome in the minute of their start', async () => {
    const boots = [boot(10, { outcome: 'booting' }), boot(31), boot(60, { outcome: 'failed' })];
    const { buckets, bucketSeconds, since } = await describeStatistics(
      memory(boots),
      'hour',
      true,
      NOW,
    );
    expect(bucketSeconds).toBe(60);
    expect(since).toBe('2026-01-31T11:59:30.000Z');
    expect(buckets).toHaveLength(60);
    expect(buckets.at(-1)).toMatchObject({ at: '2026-01-31T12:00:00.000Z', booting: 1, menu: 0 });
    expect(buckets.at(-2)).toMatchObject({ booting: 0, menu: 1, failed: 1, installer: 0 });
  });

  it('contain the median and the longest time until the installer has its files, and the bytes', async () => {
    const boots = [installer(20, 4), installer(21, 8), installer(22, 6), boot(23)];
    const { buckets } = await describeStatistics(memory(boots), 'day', true, NOW);
    expect(buckets.at(-1)).toMatchObject({
      installer: 3,
      medianSeconds: 6,
      slowestSeconds: 8,
      tftpBytes: 300,
      httpBytes: 15_000,
    });
    expect(buckets.at(-2)).not.toHaveProperty('medianSeconds');
  });

  it('measure the time until the kernel for an entry without an initrd', async () => {
    const kernel = stage({ name: 'kernel', endedAt: NOW - 7000 });
    const one = boot(10, { outcome: 'installer', stages: [kernel] });
    const { buckets } = await describeStatistics(memory([one]), 'week', true, NOW);
    expect(buckets.at(-1)?.medianSeconds).toBe(3);
  });

  it('leave out boots that are too old or may be forged', async () => {
    const boots = [boot(1, { proven: false }), boot(40 * 24 * 3600)];
    const month = await describeStatistics(memory(boots), 'month', false, NOW);
    expect(month.buckets.reduce((sum, { menu }) => sum + menu, 0)).toBe(0);
    expect(month.isStored).toBe(false);
    expect(await describeStatistics(memory([]), 'month', false, NOW)).not.toHaveProperty('since');
  });
});
