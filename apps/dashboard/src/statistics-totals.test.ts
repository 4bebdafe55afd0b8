import { describe, expect, it } from 'vitest';

import { type Statistics } from './api/types.js';
import { statisticsTotals } from './statistics-totals.js';

type Bucket = Statistics['buckets'][number];

function bucket(changes: Partial<Bucket>): Bucket {
  const none = { booting: 0, installer: 0, local: 0, menu: 0, failed: 0 };
  return { at: '2026-01-31T12:00:00.000Z', ...none, tftpBytes: 0, httpBytes: 0, ...changes };
}

describe('totals of the statistics', () => {
  it('are sums, and a median weighted by the number of boots', () => {
    const buckets = [
      bucket({ installer: 1, medianSeconds: 30, slowestSeconds: 30, tftpBytes: 1, httpBytes: 9 }),
      bucket({ installer: 3, failed: 1, medianSeconds: 5, slowestSeconds: 8, httpBytes: 1 }),
      bucket({ booting: 1, menu: 1, local: 1 }),
    ];
    expect(statisticsTotals(buckets)).toEqual({
      boots: 8,
      installer: 4,
      failed: 1,
      tftpBytes: 1,
      httpBytes: 10,
      typicalSeconds: 5,
      slowestSeconds: 30,
    });
  });

  it('have no durations if no machine reached the installer', () => {
    expect(statisticsTotals([bucket({ menu: 1 })])).toMatchObject({
      typicalSeconds: undefined,
      slowestSeconds: undefined,
    });
  });
});
