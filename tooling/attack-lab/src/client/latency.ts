/** Times of one kind of request, as a client saw them. */
export interface Latency {
  readonly requests: number;
  /** Number of requests without a complete answer by the deadline. */
  readonly failed: number;
  /** Latency percentiles (50th, 99th and 100th), in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

/**
 * Summarizes samples.
 *
 * @param samples - milliseconds for each request; undefined for one without an answer
 * @param deadlineMs - latency assumed for a request without an answer
 */
export function summarizeLatency(
  samples: readonly (number | undefined)[],
  deadlineMs: number,
): Latency {
  const times = samples.map((time) => time ?? deadlineMs).sort((left, right) => left - right);
  const percentile = (share: number): number =>
    times[Math.max(0, Math.ceil(share * times.length) - 1)] ?? deadlineMs;
  return {
    requests: samples.length,
    failed: samples.filter((time) => time === undefined).length,
    p50: percentile(0.5),
    p99: percentile(0.99),
    worst: percentile(1),
  };
}

/** Deadline of one request of the probe, in milliseconds. */
export const PROBE_DEADLINE_MS = 10_000;

/** Output of the probe. */
export interface ProbeReport {
  readonly tftp: Latency;
  readonly http: Latency;
}
