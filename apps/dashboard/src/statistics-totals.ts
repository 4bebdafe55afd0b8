import { type Statistics } from './api/types.js';

/** Figures over all buckets. */
export interface StatisticsTotals {
  readonly boots: number;
  readonly installer: number;
  readonly failed: number;
  readonly tftpBytes: number;
  readonly httpBytes: number;
  /**
   * Median of the buckets' medians in seconds, each weighted by its number of boots that reached the
   * installer; undefined if no bucket has a median.
   */
  readonly typicalSeconds: number | undefined;
  readonly slowestSeconds: number | undefined;
}

/** Returns the totals of all buckets. */
export function statisticsTotals(buckets: Statistics['buckets']): StatisticsTotals {
  const sum = (figure: (bucket: Statistics['buckets'][number]) => number): number =>
    buckets.reduce((total, bucket) => total + figure(bucket), 0);
  const installer = sum((bucket) => bucket.installer);
  const slowest = buckets.flatMap(({ slowestSeconds }) => slowestSeconds ?? []);
  const medians = buckets
    .flatMap(({ medianSeconds, installer: weight }) =>
      medianSeconds === undefined ? [] : { seconds: medianSeconds, weight },
    )
    .sort((one, other) => one.seconds - other.seconds);
  const half = medians.reduce((total, { weight }) => total + weight, 0) / 2;
  let passed = 0;
  const typical = medians.find(({ weight }) => (passed += weight) >= half);
  return {
    boots: sum(
      ({ booting, installer: reached, local, menu, failed }) =>
        booting + reached + local + menu + failed,
    ),
    installer,
    failed: sum(({ failed }) => failed),
    tftpBytes: sum(({ tftpBytes }) => tftpBytes),
    httpBytes: sum(({ httpBytes }) => httpBytes),
    typicalSeconds: typical?.seconds,
    slowestSeconds: slowest.length === 0 ? undefined : Math.max(...slowest),
  };
}
