import { sourceGroup } from '../access/source-group.js';
import { type ConnectionLimits } from '../limits/resource-limits.js';

/** Bytes a second below which a download gives way to anyone who needs its slot. */
const SLOW_BYTES_PER_SECOND = 1024;
/** A rate is measured over at least half of this, in milliseconds. */
const RATE_WINDOW_MS = 10_000;
/** Downloads that may give way are sorted anew after this time, in milliseconds. */
const CANDIDATES_FOR_MS = 500;

/** Why a connection gave way to a new one, or the new one was refused. */
export type LimitHit =
  | 'idle connection closed'
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
}

interface Source {
  /** Those without a request, the longest idle first. */
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
 * 3. the slowest download of a source that has more than twice the new one's connections.
 *
 * Otherwise the new one is refused. A source at its own limit gives a place of its own, by 1 or 2.
 */
export class ConnectionTable {
  readonly #options: ConnectionTableOptions;
  readonly #now: () => number;
  readonly #sources = new Map<string, Source>();
  /** Sources by the number of their idle connections, so that a flood costs no search. */
  readonly #byIdle = new Map<number, Set<Source>>();
  readonly #hits: Record<LimitHit, number> = {
    'idle connection closed': 0,
    'slow download ended': 0,
    'download of the largest source ended': 0,
    'connection refused': 0,
  };
  #mostIdle = 0;
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
    const source = this.#sources.get(key) ?? { idle: new Set(), active: new Set() };
    const held = sizeOf(source);
    let hit: LimitHit | undefined;
    if (held >= maxConnectionsPerSource) hit = this.#makeRoomWithin(source);
    else if (this.#size >= maxConnections) hit = this.#makeRoom(held);
    if (hit !== undefined) {
      this.#hits[hit]++;
      onHit(hit, address);
      if (hit === 'connection refused') return undefined;
    }
    this.#sources.set(key, source);
    const entry = new Entry(this, key, source, close, this.#now());
    this.#size++;
    this.rest(entry);
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
    this.#removeIdle(entry);
    entry.source.active.add(entry);
    this.#active++;
  }

  rest(entry: Entry): void {
    if (entry.source.active.delete(entry)) this.#active--;
    const { source } = entry;
    source.idle.add(entry);
    this.#recount(source, source.idle.size - 1);
  }

  remove(entry: Entry): void {
    const { source } = entry;
    if (source.active.delete(entry)) this.#active--;
    else this.#removeIdle(entry);
    this.#size--;
    if (sizeOf(source) === 0) this.#sources.delete(entry.sourceKey);
  }

  #removeIdle(entry: Entry): void {
    if (entry.source.idle.delete(entry)) this.#recount(entry.source, entry.source.idle.size + 1);
  }

  #recount(source: Source, before: number): void {
    const { size } = source.idle;
    this.#byIdle.get(before)?.delete(source);
    if (this.#byIdle.get(before)?.size === 0) this.#byIdle.delete(before);
    if (size > 0) {
      const peers = this.#byIdle.get(size) ?? new Set();
      this.#byIdle.set(size, peers.add(source));
    }
    this.#mostIdle = Math.max(this.#mostIdle, size);
    while (this.#mostIdle > 0 && !this.#byIdle.has(this.#mostIdle)) this.#mostIdle--;
  }

  #makeRoomWithin(source: Source): LimitHit {
    const [longestIdle] = source.idle;
    if (longestIdle !== undefined) return end(longestIdle, 'idle connection closed');
    const slow = this.#nextCandidate((entry) => entry.source === source && entry.isSlow());
    return slow === undefined ? 'connection refused' : end(slow, 'slow download ended');
  }

  /** @param held - connections of the new one's source */
  #makeRoom(held: number): LimitHit {
    const [source] = this.#byIdle.get(this.#mostIdle) ?? [];
    const [longestIdle] = source?.idle ?? [];
    // A source that has fewer connections than the new one's may be about to send its first request.
    if (longestIdle !== undefined && sizeOf(longestIdle.source) >= held) {
      return end(longestIdle, 'idle connection closed');
    }
    const slow = this.#nextCandidate((entry) => entry.isSlow());
    if (slow !== undefined) return end(slow, 'slow download ended');
    const larger = this.#nextCandidate((entry) => entry.source.active.size > 2 * (held + 1));
    return larger === undefined
      ? 'connection refused'
      : end(larger, 'download of the largest source ended');
  }

  /** The first download, slow ones of large sources first, that may give way. */
  #nextCandidate(mayGive: (entry: Entry) => boolean): Entry | undefined {
    const now = this.#now();
    if (now - this.#candidatesAt > CANDIDATES_FOR_MS) {
      this.#candidatesAt = now;
      const active = [...this.#sources.values()].flatMap((source) => [...source.active]);
      this.#candidates = active
        .map((entry) => ({
          entry,
          // Slow ones compare by the size of their source, the others by their rate.
          rank: entry.isSlow() ? -entry.source.active.size : entry.rate(),
        }))
        .sort((one, other) => one.rank - other.rank)
        .map(({ entry }) => entry);
    }
    return this.#candidates.find((entry) => entry.source.active.has(entry) && mayGive(entry));
  }
}

function sizeOf({ idle, active }: Source): number {
  return idle.size + active.size;
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
  readonly #table: ConnectionTable;
  #isOpen = true;
  #activeSince: number;
  #windowStart: number;
  #windowBytes = 0;
  /** Bytes a millisecond of the window before. */
  #lastRate: number | undefined;

  constructor(table: ConnectionTable, key: string, source: Source, close: () => void, now: number) {
    this.#table = table;
    this.sourceKey = key;
    this.source = source;
    this.close = close;
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
