import { type RateLimit, TokenBucket } from './token-bucket.js';

/** Rate limits for the answers of a responder. */
export interface AnswerLimitOptions {
  /**
   * Rate of answers to one hardware address. Firmware repeats its question after 1 to 4 seconds, then at
   * growing intervals.
   *
   * @default one a second, with a burst of 10
   */
  readonly perClient?: RateLimit;
  /**
   * Rate of answers on one link; it bounds the answers to a flood from made-up hardware addresses. A lower
   * value delays racks whose machines start at the same time.
   *
   * @default 100 a second, with a burst of 400
   */
  readonly perLink?: RateLimit;
  /**
   * Maximum number of hardware addresses, and of links, that are remembered; the least recent ones are
   * forgotten. An address takes about 200 bytes.
   *
   * @default 4096
   */
  readonly maxClients?: number;
}

/** Rate limits for answers, by client and by link. Responders of one service share an instance. */
export class AnswerLimits {
  readonly #clients: BucketTable;
  readonly #links: BucketTable;

  constructor({
    perClient = { perSecond: 1, burst: 10 },
    perLink = { perSecond: 100, burst: 400 },
    maxClients = 4_096,
  }: AnswerLimitOptions = {}) {
    this.#clients = new BucketTable(perClient, maxClients);
    this.#links = new BucketTable(perLink, maxClients);
  }

  /** Number of hardware addresses remembered. */
  get clients(): number {
    return this.#clients.size;
  }

  /** Returns true if a client on a link may get an answer, and counts it. */
  admits(mac: string, link: string, now: number): boolean {
    return this.#clients.take(`${link} ${mac}`, now) && this.#links.take(link, now);
  }
}

/** Token buckets by key; at most `max`, the most recently used ones. */
class BucketTable {
  readonly #limit: RateLimit;
  readonly #max: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(limit: RateLimit, max: number) {
    this.#limit = limit;
    this.#max = max;
  }

  get size(): number {
    return this.#buckets.size;
  }

  take(key: string, now: number): boolean {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#limit, now);
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined && this.#buckets.size > this.#max) {
      this.#buckets.delete(oldest);
    }
    return bucket.take(now);
  }
}
