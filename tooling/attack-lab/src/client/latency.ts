/** Deadline of one request of the probe, in milliseconds. */
export const PROBE_DEADLINE_MS = 10_000;

/**
 * Returns the 99th percentile of latencies, in milliseconds.
 *
 * @param samples - milliseconds for each request; undefined for one without an answer
 * @param deadlineMs - latency assumed for a request without an answer
 */
export function percentile99(samples: readonly (number | undefined)[], deadlineMs: number): number {
  const times = samples.map((time) => time ?? deadlineMs).sort((left, right) => left - right);
  return times[Math.max(0, Math.ceil(0.99 * times.length) - 1)] ?? deadlineMs;
}
