import { type z } from 'zod';

import { type Boot, type BootStage, stageOf } from '../machines/boot.js';
import { type BootHistory } from '../state/boot-history.js';
import { type statistics } from './schemas.js';
import { timeText } from './time-text.js';

type Statistics = z.output<typeof statistics>;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Ranges of the statistics: number of buckets, and length of each bucket. */
export const RANGES = {
  hour: { buckets: 60, bucketMs: MINUTE_MS },
  day: { buckets: 48, bucketMs: HOUR_MS / 2 },
  week: { buckets: 56, bucketMs: 3 * HOUR_MS },
  month: { buckets: 60, bucketMs: 12 * HOUR_MS },
} as const;

/** Statistics of one boot. */
interface BootFigures extends Pick<Boot, 'outcome'> {
  /** Time until the machine had its kernel and initrd, in seconds; undefined if it never had both. */
  readonly seconds: number | undefined;
  readonly tftpBytes: number;
  readonly httpBytes: number;
}

/**
 * Returns statistics on the recorded boots up to now, in buckets by the time at which they started. Boots
 * that may be forged are not counted.
 *
 * @param isStored - true if boots are remembered across restarts
 */
export async function describeStatistics(
  history: Pick<BootHistory, 'pages' | 'oldestStart' | 'recent'>,
  range: keyof typeof RANGES,
  isStored: boolean,
  now: number,
): Promise<Statistics> {
  const { buckets: count, bucketMs } = RANGES[range];
  // Aligned, so that a boot stays in its bucket as time passes.
  const from = (Math.floor(now / bucketMs) + 1 - count) * bucketMs;
  const groups = Array.from({ length: count }, (): BootFigures[] => []);
  for await (const boots of history.pages({ since: from })) {
    for (const boot of boots.filter(({ proven }) => proven)) {
      groups[Math.floor((boot.startedAt - from) / bucketMs)]?.push(figuresOf(boot));
    }
  }
  const remembered = history.recent().findLast(({ proven }) => proven)?.startedAt ?? Infinity;
  const oldest = Math.min(remembered, (await history.oldestStart()) ?? Infinity);
  return {
    range,
    bucketSeconds: bucketMs / 1000,
    isStored,
    ...(oldest !== Infinity && { since: timeText(oldest) }),
    buckets: groups.map((group, index) => describeBucket(group, from + index * bucketMs)),
  };
}

function describeBucket(boots: readonly BootFigures[], at: number): Statistics['buckets'][number] {
  const number = (outcome: Boot['outcome']): number =>
    boots.filter((boot) => boot.outcome === outcome).length;
  const seconds = boots.flatMap((boot) => boot.seconds ?? []).sort((a, b) => a - b);
  const median = seconds[Math.floor((seconds.length - 1) / 2)];
  const slowest = seconds.at(-1);
  return {
    at: new Date(at).toISOString(),
    booting: number('booting'),
    installer: number('installer'),
    local: number('local'),
    menu: number('menu'),
    failed: number('failed'),
    ...(median !== undefined && { medianSeconds: median }),
    ...(slowest !== undefined && { slowestSeconds: slowest }),
    tftpBytes: boots.reduce((sum, { tftpBytes }) => sum + tftpBytes, 0),
    httpBytes: boots.reduce((sum, { httpBytes }) => sum + httpBytes, 0),
  };
}

function figuresOf(boot: Boot): BootFigures {
  return {
    outcome: boot.outcome,
    seconds: secondsToInstaller(boot),
    tftpBytes: bytesBy('tftp', boot.stages),
    httpBytes: bytesBy('http', boot.stages),
  };
}

/**
 * Returns the time from the first request until the machine had its kernel and initrd, in seconds; undefined if
 * it never had both.
 */
function secondsToInstaller(boot: Boot): number | undefined {
  const last = stageOf(boot, 'initrd') ?? stageOf(boot, 'kernel');
  return boot.outcome === 'installer' && last !== undefined
    ? Math.max(0, last.endedAt - boot.startedAt) / 1000
    : undefined;
}

function bytesBy(transport: BootStage['transport'], stages: readonly BootStage[]): number {
  return stages.reduce(
    (sum, stage) => sum + (stage.transport === transport ? (stage.bytes ?? 0) : 0),
    0,
  );
}
