import { RequestPool } from './request-pool.js';
import { type RateLimit, TokenBucket } from './token-bucket.js';

/** Fraction of a source's budget that each of its addresses gets once the budget runs low. */
const ADDRESS_FRACTION = 1 / 100;

/** Maximum number of addresses remembered for one source. */
const MAX_ADDRESSES = 256;

/** Maximum number of sources whose addresses are remembered. */
const MAX_SOURCES = 64;

/** Unlimited share: for the only address of a source, and while the budget is ample. */
const WHOLE = new TokenBucket({ perSecond: 0, burst: Infinity }, 0);

/**
 * Budgets of one kind, such as requests, of all sources. Addresses are remembered only for sources that have
 * less than half of their budget left, and only the latest ones: about 3 MiB at most.
 */
export class SourceBudgets {
  readonly #limit: RateLimit;
  readonly #addressLimit: RateLimit;
  readonly #shares = new Map<SourceBudget, Map<string, TokenBucket>>();

  constructor(limit: RateLimit) {
    this.#limit = limit;
    this.#addressLimit = {
      perSecond: ADDRESS_FRACTION * limit.perSecond,
      burst: Math.max(1, ADDRESS_FRACTION * limit.burst),
    };
  }

  /** Number of addresses remembered. */
  get addresses(): number {
    return [...this.#shares.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Returns a new, full budget of a source. */
  open(source: string, now: number): SourceBudget {
    return new SourceBudget(this, source, this.#limit, now);
  }

  /** Returns the share of an address, if the address is remembered. */
  peek(budget: SourceBudget, address: string): TokenBucket | undefined {
    return this.#shares.get(budget)?.get(address);
  }

  /** Returns the share of an address, and remembers it as the latest. */
  shareOf(budget: SourceBudget, address: string, now: number): TokenBucket {
    const addresses = this.#shares.get(budget) ?? new Map<string, TokenBucket>();
    const share = addresses.get(address) ?? new TokenBucket(this.#addressLimit, now);
    setLatest(addresses, address, share, MAX_ADDRESSES);
    setLatest(this.#shares, budget, addresses, MAX_SOURCES);
    return share;
  }
}

/**
 * Budget of one source, which may be the many hosts of an IPv6 /64. While less than half of it is left, each
 * of its addresses has its own share, so that one host cannot use up what the others need.
 */
export class SourceBudget {
  readonly #budgets: SourceBudgets;
  readonly #source: string;
  readonly #pool: RequestPool;

  /** @internal */
  constructor(budgets: SourceBudgets, source: string, limit: RateLimit, now: number) {
    this.#budgets = budgets;
    this.#source = source;
    this.#pool = new RequestPool(limit, now);
  }

  /** Returns true if an address would get one token. */
  has(address: string, now: number): boolean {
    const isWhole = address === this.#source;
    return this.#pool.has(isWhole ? WHOLE : this.#budgets.peek(this, address), now);
  }

  /** Takes tokens for an address; if too few are left for it, takes none and returns false. */
  take(address: string, now: number, tokens = 1): boolean {
    const isWhole = address === this.#source || this.#pool.isAmple(now, tokens);
    const share = isWhole ? WHOLE : this.#budgets.shareOf(this, address, now);
    return this.#pool.take(share, now, tokens);
  }

  /** Gives tokens back to an address. */
  give(address: string, tokens: number): void {
    this.#pool.give(tokens);
    this.#budgets.peek(this, address)?.give(tokens);
  }

  /** Returns true if the budget is full, and so no different from a new one. */
  isFull(now: number): boolean {
    return this.#pool.isFull(now);
  }
}

function setLatest<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, max: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (oldest !== undefined && map.size > max) {
    map.delete(oldest);
  }
}
