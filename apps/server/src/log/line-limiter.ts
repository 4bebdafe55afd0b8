import { LRUCache } from 'lru-cache';

import { sourceGroup } from '../access/source-group.js';

/** What is known of a source: whether it can be someone else than it says, and what it has done. */
export type SourceProof =
  /** One datagram that anyone can have sent. */
  | 'none'
  /** A TCP connection, or a completed transfer before: the source receives what it asks for. */
  | 'address'
  /** A transfer that was completed. */
  | 'boot';

/** Lines of one kind that were not written, in one period. */
export interface SuppressedLines {
  readonly event: string;
  readonly lines: number;
  /** Distinct sources among them, at most {@link MAX_SOURCES_COUNTED}. */
  readonly sources: number;
}

/** Tokens that refill with time; each line costs one. */
interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/**
 * At 400 bytes a line, sources without proof cost at most 16 kB at once and 800 bytes a second, and
 * others 400 kB at once and 2 kB a second, whatever their number. Finished transfers are bounded
 * far above what a room full of racks behind one address does.
 */
const RATES: Readonly<Record<SourceProof, { readonly perSource: Rate; readonly all: Rate }>> = {
  none: { perSource: { burst: 10, perSecond: 0.1 }, all: { burst: 40, perSecond: 2 } },
  address: { perSource: { burst: 200, perSecond: 1 }, all: { burst: 1000, perSecond: 5 } },
  boot: { perSource: { burst: 10_000, perSecond: 20 }, all: { burst: 50_000, perSecond: 100 } },
};

const SOURCES_REMEMBERED = 4096;
const PROOF_LASTS_MS = 60 * 60 * 1000;
const SUMMARY_INTERVAL_MS = 60_000;

/** Largest number of sources that a summary tells apart. */
export const MAX_SOURCES_COUNTED = 4096;

export interface LineLimiterOptions {
  /** Called for each kind of suppressed lines, once a minute at most and when it is closed. */
  readonly onSuppressed: (suppressed: SuppressedLines) => void;
  /** Milliseconds from any origin. @default performance.now */
  readonly now?: () => number;
}

/**
 * Bounds what peers can write to the log: a few lines for each event and source, then some for all
 * sources together; the rest is counted and summed up. Sources that have proved their address have
 * allowances of their own, so that a flood of forged datagrams does not silence them. Memory is
 * bounded, however many sources there are.
 */
export interface LineLimiter {
  /** Whether a line may be written; it is counted if not. */
  admits(event: string, address: string, proof: SourceProof): boolean;
  /** Remembers that a source has completed a transfer. */
  proved(address: string): void;
  /** Sums up what has been counted. */
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
