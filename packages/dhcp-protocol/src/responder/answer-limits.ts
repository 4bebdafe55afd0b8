import { type RateLimit, TokenBucket } from './token-bucket.js';

/** Rate limits for the answers of a responder. */
export interface AnswerLimitOptions {
  /**
   * Rate limit for answers to one hardware address on one link. Firmware repeats its question after 1 to 4
   * seconds, then at growing intervals.
   *
   * @default one a second, with a burst of 10
   */
  readonly perClient?: RateLimit;
  /**
   * Rate limit for the answers from one service on one link; it bounds the answers to a flood from made-up
   * hardware addresses. A lower value delays racks whose machines start at the same time.
   *
   * @default 500 a second, with a burst of 1000
   */
  readonly perLink?: RateLimit;
  /**
   * Rate limit for further answers from one service on one link, only to clients that repeat a question which
   * got no answer because of `perLink`. A flood from made-up addresses uses up this rate only if it repeats
   * its questions as well.
   *
   * @default the rate of `perLink`
   */
  readonly perLinkRepeats?: RateLimit;
  /**
   * Maximum number of hardware addresses, and of links, that are remembered; once there are more, the least
   * recent half is forgotten. An address uses about 200 bytes.
   *
   * @default 4096
   */
  readonly maxClients?: number;
  /**
   * Maximum number of clients without an answer that are remembered; once there are more, the least recent
   * half is forgotten. A client uses about 150 bytes. A higher value recognises repeated questions in a
   * larger flood.
   *
   * @default 32768
   */
  readonly maxWaiting?: number;
}

/** Kind of responder; each has its own rate on a link. */
export type LimitedService = 'proxyDhcp' | 'bootServer';

/** Rate limits for answers, by client and by link. The responders of a service share one instance. */
export class AnswerLimits {
  readonly #clients: RecentTable<TokenBucket>;
  readonly #links: RecentTable<TokenBucket>;
  readonly #repeats: RecentTable<TokenBucket>;
  /** Clients that got no answer because their link had reached its rate limit. */
  readonly #waiting: RecentTable<true>;
  readonly #limits: Readonly<Record<'perClient' | 'perLink' | 'perLinkRepeats', RateLimit>>;

  constructor({
    perClient = { perSecond: 1, burst: 10 },
    perLink = { perSecond: 500, burst: 1_000 },
    perLinkRepeats = perLink,
    maxClients = 4_096,
    maxWaiting = 32_768,
  }: AnswerLimitOptions = {}) {
    this.#limits = { perClient, perLink, perLinkRepeats };
    this.#clients = new RecentTable(maxClients);
    this.#links = new RecentTable(maxClients);
    this.#repeats = new RecentTable(maxClients);
    this.#waiting = new RecentTable(maxWaiting);
  }

  /** Number of hardware addresses that are remembered, counted once for each link. */
  get clients(): number {
    return this.#clients.size;
  }

  /** Number of clients without an answer that are remembered. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Returns true if a client on a link may get an answer from a service, and counts the request. */
  admits(mac: string, link: string, service: LimitedService, now: number): boolean {
    const { perClient, perLink, perLinkRepeats } = this.#limits;
    const client = `${link} ${mac}`;
    if (!bucketOf(this.#clients, client, perClient, now).take(now)) {
      return false;
    }
    const place = `${link} ${service}`;
    const isRepeat = this.#waiting.delete(client);
    if (
      bucketOf(this.#links, place, perLink, now).take(now) ||
      (isRepeat && bucketOf(this.#repeats, place, perLinkRepeats, now).take(now))
    ) {
      return true;
    }
    this.#waiting.set(client, true);
    return false;
  }
}

/** Returns the bucket of a key, which becomes the most recent one. */
function bucketOf(
  buckets: RecentTable<TokenBucket>,
  key: string,
  limit: RateLimit,
  now: number,
): TokenBucket {
  const bucket = buckets.get(key) ?? new TokenBucket(limit, now);
  buckets.set(key, bucket);
  return bucket;
}

/**
 * Values by key: at most `max`, and at least the most recent half of them. The older half is dropped as a whole,
 * since finding the oldest key of a large map is slow after many removals.
 */
class RecentTable<Value> {
  readonly #half: number;
  #newer = new Map<string, Value>();
  #older = new Map<string, Value>();

  constructor(max: number) {
    this.#half = Math.max(1, Math.floor(max / 2));
  }

  get size(): number {
    return this.#newer.size + this.#older.size;
  }

  get(key: string): Value | undefined {
    return this.#newer.get(key) ?? this.#older.get(key);
  }

  /** Sets a value, which becomes the most recent one. */
  set(key: string, value: Value): void {
    this.#older.delete(key);
    this.#newer.set(key, value);
    if (this.#newer.size > this.#half) {
      this.#newer.delete(key);
      this.#older = this.#newer;
      this.#newer = new Map([[key, value]]);
    }
  }

  /** Returns true if there was a value. */
  delete(key: string): boolean {
    return this.#newer.delete(key) || this.#older.delete(key);
  }
}
