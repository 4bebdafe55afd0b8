import { Counter, Histogram, type HistogramConfiguration, type Registry } from 'prom-client';

/** Name, help and registry of a metric. */
export interface MetricOptions {
  readonly name: string;
  readonly help: string;
  readonly registers: Registry[];
}

/** Maximum number of observations waiting to be added to their histogram. */
const MAX_OBSERVATIONS = 512;

/**
 * Count that is added to its counter only when the metrics are read: prom-client checks values and labels in
 * each call, which costs much more than the addition.
 */
export class Tally {
  #count = 0;

  add(count = 1): void {
    this.#count += count;
  }

  /** Returns the count since the last call, and resets it. */
  take(): number {
    const count = this.#count;
    this.#count = 0;
    return count;
  }
}

/** Registers a counter without labels. */
export function createTally(options: MetricOptions): Tally {
  const tally = new Tally();
  new Counter({
    ...options,
    collect() {
      this.inc(tally.take());
    },
  });
  return tally;
}

/**
 * Registers a counter with one label, and returns the count of each label value. Each series exists from the
 * start.
 *
 * @param values - label value of each key
 */
export function createTallies<Key extends string>(
  options: MetricOptions,
  label: string,
  values: Readonly<Record<Key, string>>,
): Readonly<Record<Key, Tally>> {
  const entries = Object.entries<string>(values).map(
    ([key, value]) => [key, { labels: { [label]: value }, tally: new Tally() }] as const,
  );
  new Counter({
    ...options,
    labelNames: [label],
    collect() {
      for (const [, { labels, tally }] of entries) {
        this.inc(labels, tally.take());
      }
    },
  });
  return Object.fromEntries(entries.map(([key, { tally }]) => [key, tally])) as Record<Key, Tally>;
}

/**
 * Registers a histogram without labels.
 *
 * @returns function that observes a value, which is added to the histogram later
 */
export function createObserver(
  options: MetricOptions & Required<Pick<HistogramConfiguration<string>, 'buckets'>>,
): (value: number) => void {
  const waiting: number[] = [];
  const histogram = new Histogram({ ...options, collect: enter });
  function enter(): void {
    for (const value of waiting) {
      histogram.observe(value);
    }
    waiting.length = 0;
  }
  return (value) => {
    if (waiting.push(value) >= MAX_OBSERVATIONS) {
      enter();
    }
  };
}
