import { sourceGroup } from '../access/source-group.js';
import { type ConnectionLimits } from '../limits/resource-limits.js';

/** Bytes a second below which a download gives way to anyone who needs its slot. */
const SLOW_BYTES_PER_SECOND = 1024;
/** A rate is measured over at least half of this, in milliseconds. */
const RATE_WINDOW_MS = 10_000;
/** Downloads that may give way are sorted anew after this time, in milliseconds. */
const CANDIDATES_FOR_MS = 500;
/** Time that a new connection has for its request before it counts as idle, in milliseconds. */
const FRESH_FOR_MS = 100;
/**
 * Turns of the event loop that a new connection is not idle for: its request may have come long ago, and
 * wait to be read after all the connections that came with it.
 */
const FRESH_TURNS = 2;

/** Why a connection gave way to a new one, or the new one was refused. */
export type LimitHit =
  | 'idle connection closed'
  | 'new connection closed'
  | 'slow download ended'
  | 'download of the largest source ended'
  | 'connection refused';

/** Connections at present, and what the limits did so far. */
export interface ConnectionUsage {
  readonly connections: number;
  /** Connections that a request is being answered on. */
  readonly active: number;
  readonly sources: number;
  /** Number of times that each limit was hit. */
  readonly hits: Readonly<Record<LimitHit, number>>;
}

export interface ConnectionTableOptions extends ConnectionLimits {
  readonly onHit: (hit: LimitHit, address: string) => void;
  /** Milliseconds from any origin. @default performance.now */
  readonly now?: () => number;
  /** Calls back once what has come in meanwhile was read. @default setImmediate */
  readonly afterTurn?: (callback: () => void) => void;
}

interface Source {
  /** New ones whose request may be on its way, the oldest first. */
  readonly fresh: Set<Entry>;
  /** Others without a request, the longest idle first. */
  readonly idle: Set<Entry>;
  readonly active: Set<Entry>;
}

/** A connection in the table. */
export interface TrackedConnection {
  /** What its limits count by: an IPv4 address or an IPv6 /64. */
  readonly sourceKey: string;
  /** A request is complete and is being answered. */
  began(): void;
  /** Its client took so many bytes of the answer. */
  progressed(bytes: number): void;
  /** The answer is complete. */
  rested(): void;
  /** The connection is closed. */
  closed(): void;
}

/**
 * Decides who keeps a connection when there are too many, in all or of one source. The new one gets its
 * place from the first of these:
 *
 * 1. the longest idle connection of the source that has most idle ones, unless the new one's has more
 *    connections in all;
 * 2. the slowest download below 1 KiB/s, of the source that has most connections;
 * 3. the slowest download of the source that has most, if it has more than twice the new one's connections;
 * 4. the oldest new connection of the source that has most of them, if it has more than twice the new
 *    one's connections and one, or is the new one's own.
 *
 * Otherwise the new one is refused. A source at its own limit gives a place of its own, by 1, 2 or 4. A
 * connection is new, not idle, until its request had a tenth of a second to arrive, and was read.
 */
export class ConnectionTable {
  readonly #options: ConnectionTableOptions;
  readonly #now: () => number;
  readonly #sources = new Map<string, Source>();
  readonly #byIdle = new SourcesByCount();
  readonly #byFresh = new SourcesByCount();
  /** Of all sources, the oldest first. */
  readonly #fresh = new Set<Entry>();
  readonly #hits: Record<LimitHit, number> = {
    'idle connection closed': 0,
    'new connection closed': 0,
    'slow download ended': 0,
    'download of the largest source ended': 0,
    'connection refused': 0,
  };
  #turn = 0;
  #turnsToCount = 0;
  #size = 0;
  #active = 0;
  #candidates: Entry[] = [];
  #candidatesAt = -Infinity;

  constructor(options: ConnectionTableOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * Takes a new connection in, or returns undefined when there is no place for it.
   *
   * @param address - plain address of the peer
   * @param close - ends the connection at once when it has to give way
   */
  admit(address: string, close: () => void): TrackedConnection | undefined {
    const { maxConnections, maxConnectionsPerSource, onHit } = this.#options;
    const key = sourceGroup(address);
    const known = this.#sources.get(key);
    const source = known ?? { fresh: new Set(), idle: new Set(), active: new Set() };
    const held = sizeOf(source);
    this.#ageFresh();
    let hit: LimitHit | undefined;
    if (held >= maxConnectionsPerSource) hit = this.#makeRoomWithin(source);
    else if (this.#size >= maxConnections) hit = this.#makeRoom(source, held);
    if (hit !== undefined) {
      this.#hits[hit]++;
      onHit(hit, address);
      if (hit === 'connection refused') return undefined;
    }
    this.#sources.set(key, source);
    const entry = new Entry(this, key, source, close, this.#now(), this.#turn);
    this.#size++;
    this.#fresh.add(entry);
    source.fresh.add(entry);
    this.#byFresh.recount(source, source.fresh.size - 1, source.fresh.size);
    this.#awaitTurns();
    return entry;
  }

  get usage(): ConnectionUsage {
    return {
      connections: this.#size,
      active: this.#active,
      sources: this.#sources.size,
      hits: { ...this.#hits },
    };
  }

  now(): number {
    return this.#now();
  }

  begin(entry: Entry): void {
    this.#removeWaiting(entry);
    entry.source.active.add(entry);
    this.#active++;
  }

  rest(entry: Entry): void {
    if (entry.source.active.delete(entry)) this.#active--;
    this.#addIdle(entry);
  }

  remove(entry: Entry): void {
    const { source } = entry;
    if (source.active.delete(entry)) this.#active--;
    else this.#removeWaiting(entry);
    this.#size--;
    if (sizeOf(source) === 0) this.#sources.delete(entry.sourceKey);
  }

  #addIdle(entry: Entry): void {
    const { source } = entry;
    source.idle.add(entry);
    this.#byIdle.recount(source, source.idle.size - 1, source.idle.size);
  }

  #removeWaiting(entry: Entry): void {
    const { source } = entry;
    if (source.idle.delete(entry)) {
      this.#byIdle.recount(source, source.idle.size + 1, source.idle.size);
    } else if (this.#fresh.delete(entry)) {
      source.fresh.delete(entry);
      this.#byFresh.recount(source, source.fresh.size + 1, source.fresh.size);
    }
  }

  /** Counts new connections as idle that had their time. */
  #ageFresh(): void {
    const now = this.#now();
    for (const entry of this.#fresh) {
      if (now - entry.since < FRESH_FOR_MS || this.#turn - entry.turn < FRESH_TURNS) return;
      this.#removeWaiting(entry);
      this.#addIdle(entry);
    }
  }

  /** Counts turns for as long as a new connection needs. */
  #awaitTurns(): void {
    const isCounting = this.#turnsToCount > 0;
    this.#turnsToCount = FRESH_TURNS;
    if (!isCounting) this.#countTurn();
  }

  #countTurn(): void {
    const { afterTurn = setImmediate } = this.#options;
    afterTurn(() => {
      this.#turn++;
      this.#turnsToCount--;
      if (this.#turnsToCount > 0) this.#countTurn();
    });
  }

  #makeRoomWithin(source: Source): LimitHit {
    const [longestIdle] = source.idle;
    if (longestIdle !== undefined) return end(longestIdle, 'idle connection closed');
    const slow = this.#nextCandidate((entry) => entry.source === source && entry.isSlow());
    if (slow !== undefined) return end(slow, 'slow download ended');
    const [oldestNew] = source.fresh;
    return oldestNew === undefined ? 'connection refused' : end(oldestNew, 'new connection closed');
  }

  /**
   * @param newcomer - source of the new one
   * @param held - connections that it has
   */
  #makeRoom(newcomer: Source, held: number): LimitHit {
    const [longestIdle] = this.#byIdle.largest?.idle ?? [];
    // A source that has fewer connections than the new one's may be about to send its next request.
    if (longestIdle !== undefined && sizeOf(longestIdle.source) >= held) {
      return end(longestIdle, 'idle connection closed');
    }
    const slow = this.#nextCandidate((entry) => entry.isSlow());
    if (slow !== undefined) return end(slow, 'slow download ended');
    const larger = this.#nextCandidate((entry) => entry.source.active.size > 2 * (held + 1));
    if (larger !== undefined) return end(larger, 'download of the largest source ended');
    const [oldestNew] = this.#byFresh.largest?.fresh ?? [];
    return oldestNew !== undefined &&
      (oldestNew.source === newcomer || sizeOf(oldestNew.source) > 2 * held + 1)
      ? end(oldestNew, 'new connection closed')
      : 'connection refused';
  }

  /** The first download that may give way: slow ones first, then those of large sources, then by rate. */
  #nextCandidate(mayGive: (entry: Entry) => boolean): Entry | undefined {
    const now = this.#now();
    if (now - this.#candidatesAt > CANDIDATES_FOR_MS) {
      this.#candidatesAt = now;
      const active = [...this.#sources.values()].flatMap((source) => [...source.active]);
      this.#candidates = active
        .map((entry) => ({ entry, isSlow: entry.isSlow(), rate: entry.rate() }))
        .sort(
          (one, other) =>
            Number(other.isSlow) - Number(one.isSlow) ||
            other.entry.source.active.size - one.entry.source.active.size ||
            one.rate - other.rate,
        )
        .map(({ entry }) => entry);
    }
    return this.#candidates.find((entry) => entry.source.active.has(entry) && mayGive(entry));
  }
}

/** Sources by a number that changes by one, so that a flood costs no search for the largest. */
class SourcesByCount {
  readonly #sources = new Map<number, Set<Source>>();
  #most = 0;

  /** One of those that have most; undefined when all have none. */
  get largest(): Source | undefined {
    const [source] = this.#sources.get(this.#most) ?? [];
    return source;
  }

  recount(source: Source, before: number, count: number): void {
    this.#sources.get(before)?.delete(source);
    if (this.#sources.get(before)?.size === 0) this.#sources.delete(before);
    if (count > 0) {
      const peers = this.#sources.get(count) ?? new Set();
      this.#sources.set(count, peers.add(source));
    }
    this.#most = Math.max(this.#most, count);
    while (this.#most > 0 && !this.#sources.has(this.#most)) this.#most--;
  }
}

function sizeOf({ fresh, idle, active }: Source): number {
  return fresh.size + idle.size + active.size;
}

function end(entry: Entry, hit: LimitHit): LimitHit {
  entry.close();
  entry.closed();
  return hit;
}

class Entry implements TrackedConnection {
  readonly sourceKey: string;
  readonly source: Source;
  readonly close: () => void;
  /** Its beginning, in milliseconds and in turns. */
  readonly since: number;
  readonly turn: number;
  readonly #table: ConnectionTable;
  #isOpen = true;
  #activeSince: number;
  #windowStart: number;
  #windowBytes = 0;
  /** Bytes a millisecond of the window before. */
  #lastRate: number | undefined;

  constructor(
    table: ConnectionTable,
    key: string,
    source: Source,
    close: () => void,
    now: number,
    turn: number,
  ) {
    this.#table = table;
    this.sourceKey = key;
    this.source = source;
    this.close = close;
    this.since = now;
    this.turn = turn;
    this.#activeSince = now;
    this.#windowStart = now;
  }

  began(): void {
    if (!this.#isOpen) return;
    const now = this.#table.now();
    this.#activeSince = now;
    this.#windowStart = now;
    this.#windowBytes = 0;
    this.#lastRate = undefined;
    this.#table.begin(this);
  }

  progressed(bytes: number): void {
    const now = this.#table.now();
    const elapsed = now - this.#windowStart;
    this.#windowBytes += bytes;
    if (elapsed < RATE_WINDOW_MS) return;
    this.#lastRate = this.#windowBytes / elapsed;
    this.#windowStart = now;
    this.#windowBytes = 0;
  }

  rested(): void {
    if (this.#isOpen) this.#table.rest(this);
  }

  closed(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#table.remove(this);
  }

  /** Bytes a millisecond, of late. */
  rate(): number {
    const elapsed = this.#table.now() - this.#windowStart;
    if (this.#lastRate !== undefined && elapsed < RATE_WINDOW_MS / 2) return this.#lastRate;
    return this.#windowBytes / Math.max(elapsed, 1000);
  }

  isSlow(): boolean {
    const isJudged = this.#table.now() - this.#activeSince >= RATE_WINDOW_MS;
    return isJudged && this.rate() * 1000 < SLOW_BYTES_PER_SECOND;
  }
}
