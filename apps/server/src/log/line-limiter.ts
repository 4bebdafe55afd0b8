import { LRUCache } from 'lru-cache';

import { sourceGroup } from '../access/source-group.js';

/** Proof that a source really has its address, from the weakest to the strongest. */
export type SourceProof =
  /** A single datagram, which anyone can forge. */
  | 'none'
  /**
   * A TCP connection, or an earlier complete transfer: the source receives packets at this address.
   */
  | 'address'
  /** A complete transfer. */
  | 'boot';

/** Suppressed lines of one kind in one period. */
export interface SuppressedLines {
  readonly event: string;
  readonly lines: number;
  /** Number of distinct sources, at most {@link MAX_SOURCES_COUNTED}. */
  readonly sources: number;
}

/** Rate of a token bucket: each line costs one token, and tokens refill with time. */
interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/**
 * Rates per source and for all sources. At 400 bytes per line, all sources without proof cause at most 16 kB
 * at once and 800 bytes per second, and those with a proven address 400 kB at once and 2 kB per second. The
 * limit for finished transfers is far above the traffic of a data centre behind one address.
 */
const RATES: Readonly<Record<SourceProof, { readonly perSource: Rate; readonly all: Rate }>> = {
  none: { perSource: { burst: 10, perSecond: 0.1 }, all: { burst: 40, perSecond: 2 } },
  address: { perSource: { burst: 200, perSecond: 1 }, all: { burst: 1000, perSecond: 5 } },
  boot: { perSource: { burst: 10_000, perSecond: 20 }, all: { burst: 50_000, perSecond: 100 } },
};

const SOURCES_REMEMBERED = 4096;
const PROOF_LASTS_MS = 60 * 60 * 1000;
const SUMMARY_INTERVAL_MS = 60_000;

/** Maximum number of sources that a summary distinguishes. */
export const MAX_SOURCES_COUNTED = 4096;

export interface LineLimiterOptions {
  /** Called for each kind of suppressed lines, at most once a minute and on close. */
  readonly onSuppressed: (suppressed: SuppressedLines) => void;
  /**
   * Clock, in milliseconds since any point in time.
   * @default performance.now
   */
  readonly now?: () => number;
}

/**
 * Limits the log lines that peers can cause: a few per event and source, and some for all sources together;
 * the rest are counted and summarised. Sources with a proven address have their own budget, so that a flood
 * of forged datagrams does not silence them. Memory is limited for any number of sources.
 */
export interface LineLimiter {
  /** Returns true if a line may be written; otherwise counts it. */
  admits(event: string, address: string, proof: SourceProof): boolean;
  /** Remembers for an hour that a source has completed a transfer. */
  proved(address: string): void;
  /** Reports the lines counted so far. */
  close(): void;
}

export function createLineLimiter(options: LineLimiterOptions): LineLimiter {
  const { onSuppressed, now = () => performance.now() } = options;
  const buckets = new LRUCache<string, Bucket>({ max: SOURCES_REMEMBERED });
  const proved = new LRUCache<string, true>({
    max: SOURCES_REMEMBERED,
    ttl: PROOF_LASTS_MS,
    perf: { now },
  });
  const all = {
    none: new Bucket(RATES.none.all, now()),
    address: new Bucket(RATES.address.all, now()),
    boot: new Bucket(RATES.boot.all, now()),
  };
  const suppressed = new Map<string, { lines: number; sources: Set<string> }>();
  let timer: NodeJS.Timeout | undefined;

  function suppress(event: string, source: string): void {
    const counted = suppressed.get(event) ?? { lines: 0, sources: new Set() };
    suppressed.set(event, counted);
    counted.lines++;
    if (counted.sources.size < MAX_SOURCES_COUNTED) {
      counted.sources.add(source);
    }
    timer ??= setTimeout(sumUp, SUMMARY_INTERVAL_MS).unref();
  }

  function sumUp(): void {
    clearTimeout(timer);
    timer = undefined;
    for (const [event, { lines, sources }] of suppressed) {
      onSuppressed({ event, lines, sources: sources.size });
    }
    suppressed.clear();
  }

  return {
    admits(event, address, proof) {
      const source = sourceGroup(address);
      const known = proof === 'none' && proved.has(source) ? 'address' : proof;
      const key = `${event} ${known} ${source}`;
      let bucket = buckets.get(key);
      if (bucket === undefined) {
        bucket = new Bucket(RATES[known].perSource, now());
        buckets.set(key, bucket);
      }
      if (bucket.take(now()) && all[known].take(now())) {
        return true;
      }
      suppress(event, source);
      return false;
    },
    proved(address) {
      proved.set(sourceGroup(address), true);
    },
    close: sumUp,
  };
}

class Bucket {
  readonly #rate: Rate;
  #tokens: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#at = now;
  }

  take(now: number): boolean {
    const refilled = this.#tokens + ((now - this.#at) / 1000) * this.#rate.perSecond;
    this.#tokens = Math.min(this.#rate.burst, refilled);
    this.#at = now;
    if (this.#tokens < 1) {
      return false;
    }
    this.#tokens--;
    return true;
  }
}
