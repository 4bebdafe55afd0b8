import { sourceGroup } from '../access/source-group.js';
import { type ConnectionLimits } from '../limits/resource-limits.js';
import { type ConnectionState, type Share, Shares } from './connection-shares.js';

/** Rate in bytes per second below which a download may be ended for any new connection. */
const SLOW_BYTES_PER_SECOND = 1024;
/**
 * Window of the rate measurement, in milliseconds. In its first half, the rate of the previous window is
 * used, if there is one.
 */
const RATE_WINDOW_MS = 10_000;
/**
 * Time after which a download counts as stalled if its client does not accept waiting bytes, in milliseconds:
 * longer than it takes to retransmit a lost packet.
 */
const STALLED_AFTER_MS = 1_000;
/** Time for which the sorted list of downloads that may be ended is reused, in milliseconds. */
const CANDIDATES_FOR_MS = 500;
/** Time that a new connection has to send a request before it is considered idle, in milliseconds. */
const FRESH_FOR_MS = 100;
/**
 * Number of event loop turns before a new connection counts as idle, or a download as stalled: bytes from the
 * client may already have arrived, waiting to be read after those of other connections.
 */
const QUIET_TURNS = 2;

/**
 * Reaction to a limit: a connection was ended for a new one or to free kernel memory, or the new one was
 * refused.
 */
export type LimitHit =
  | 'idle connection closed'
  | 'stalled download ended'
  | 'new connection closed'
  | 'slow download ended'
  | 'download of the largest source ended'
  | 'connection closed to free kernel memory'
  | 'connection refused';

/** Current connections, and the number of hits of each limit. */
export interface ConnectionUsage {
  readonly connections: number;
  /** Number of connections with a request being answered. */
  readonly active: number;
  readonly sources: number;
  /** Number of hits of each limit. */
  readonly hits: Readonly<Record<LimitHit, number>>;
}

export interface ConnectionTableOptions extends ConnectionLimits {
  readonly onHit: (hit: LimitHit, address: string) => void;
  /**
   * Clock, in milliseconds since any point in time.
   * @default performance.now
   */
  readonly now?: () => number;
  /** Schedules a callback after pending input is read. @default setImmediate */
  readonly afterTurn?: (callback: () => void) => void;
}

/** Ends a connection immediately, with a reset or by closing it. */
export type CloseConnection = (isReset: boolean) => void;

/** Connection in the table. */
export interface TrackedConnection {
  readonly address: string;
  /**
   * Called when a request is complete and is being answered.
   *
   * @param as - `work` if the time that the response takes is up to the server, as in an event stream; such a
   * response is never ended unless its client leaves a piece unread. `download` by default
   */
  began(as?: 'download' | 'work'): void;
  /** Called when a piece of the response is ready for the client; the response is a download from then on. */
  offered(): void;
  /**
   * Called when the client has accepted a piece of this many bytes; 0 withdraws the offered piece.
   */
  progressed(bytes: number): void;
  /** Called when the response is complete. */
  rested(): void;
  /** Called when the connection is closed. */
  closed(): void;
}

/**
 * Decides which connections stay when there are too many, in total or from one source. A connection rests
 * while it is idle or its download is stalled. With N for the source of the new connection, that connection
 * replaces the first of these:
 *
 * 1. the longest resting connection of the source with the most resting ones, if that source has at least two
 *   more of them than N, and at least as many connections in total as N or as the average source;
 * 2. the longest idle connection of the source with the most idle ones, unless N has more connections in total;
 * 3. the slowest download below 1 KiB/s of the source with the most downloads;
 * 4. the slowest download of the source with the most downloads, if there are more than twice as many of them
 *   as N has connections, including the new one;
 * 5. the oldest new connection of the source with the most new ones, if that source has more than twice as
 *    many connections in total as N, plus one.
 *
 * Rules 4 and 5 do not apply while N has stalled downloads. If no rule applies, or if N is at its own limit,
 * the new connection can only replace another one of N, according to the same rules among the addresses of N:
 * an IPv6 /64 is one source, and each of its hosts must leave room for the others. If there is none to
 * replace, the new connection is refused.
 *
 * A connection is new, not idle, until its first request has had a tenth of a second to arrive and two turns
 * of the event loop to be read. While it is new, it is never closed for another one of its own address: many
 * clients may share an address, and a client that opens several connections at a time would lose all but the
 * last. Work of the server, such as an event stream, is not a download and is never ended. A download is
 * stalled when its client has accepted nothing for a second. A client that merely pauses has few stalled
 * downloads while an attacker has many, so the attacker's are ended.
 */
export class ConnectionTable {
  readonly #options: ConnectionTableOptions;
  readonly #now: () => number;
  readonly #sources = new Shares<Entry>();
  /** New connections of all sources, oldest first. */
  readonly #fresh = new Set<Entry>();
  /** Downloads with a piece ready for the client that are not stalled yet, longest waiting first. */
  readonly #offered = new Set<Entry>();
  readonly #hits: Record<LimitHit, number> = {
    'idle connection closed': 0,
    'stalled download ended': 0,
    'new connection closed': 0,
    'slow download ended': 0,
    'download of the largest source ended': 0,
    'connection closed to free kernel memory': 0,
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
   * Admits a new connection, or returns undefined if there is no room for it.
   *
   * @param address - plain address of the peer
   * @param close - closes the connection to make room; resets it if its response is incomplete or kernel
   * memory is short, because the kernel keeps unread data of a closed connection
   */
  admit(address: string, close: CloseConnection): TrackedConnection | undefined {
    const { maxConnections, maxConnectionsPerSource, onHit } = this.#options;
    const source = this.#sources.shareOf(sourceGroup(address));
    const host = source.members.shareOf(address);
    this.#noticeQuiet();
    let hit: LimitHit | undefined;
    if (source.size < maxConnectionsPerSource && this.#size >= maxConnections) {
      hit = this.#makeRoom(this.#sources, source);
    }
    if (source.size >= maxConnectionsPerSource || hit === 'connection refused') {
      hit = this.#makeRoom(source.members, host);
    }
    if (hit !== undefined) {
      this.#hits[hit]++;
      onHit(hit, address);
      if (hit === 'connection refused') {
        return undefined;
      }
    }
    const entry = new Entry(this, address, [source, host], close);
    this.#size++;
    this.#fresh.add(entry);
    put(entry, 'fresh');
    this.#awaitTurns();
    return entry;
  }

  /**
   * Closes connections to free the memory that the kernel holds for them, always the longest-resting
   * connection of the source with the most. Stops early if none rests.
   *
   * @param fraction - fraction of all connections to close, from 0 to 1; the number is rounded up, and at least 1
   */
  relieve(fraction: number): void {
    this.#noticeQuiet();
    for (let count = Math.max(1, Math.ceil(this.#size * fraction)); count > 0; count--) {
      const entry = longestResting(this.#sources.largest('resting'));
      if (entry === undefined) {
        return;
      }
      const hit = end(entry, 'connection closed to free kernel memory');
      this.#hits[hit]++;
      this.#options.onHit(hit, entry.address);
    }
  }

  get usage(): ConnectionUsage {
    return {
      connections: this.#size,
      active: this.#active,
      sources: this.#sources.count,
      hits: { ...this.#hits },
    };
  }

  now(): number {
    return this.#now();
  }

  get turn(): number {
    return this.#turn;
  }

  begin(entry: Entry): void {
    this.#removeWaiting(entry);
    put(entry, 'active');
    this.#active++;
  }

  offer(entry: Entry): void {
    this.#offered.add(entry);
    this.#awaitTurns();
  }

  take(entry: Entry): void {
    if (!this.#offered.delete(entry)) {
      takeOut(entry, 'stalled');
    }
  }

  rest(entry: Entry): void {
    // Connections that have been idle for longer come first.
    this.#noticeQuiet();
    this.#removeActive(entry);
    put(entry, 'idle');
  }

  remove(entry: Entry): void {
    this.#removeActive(entry);
    this.#removeWaiting(entry);
    this.#size--;
  }

  #removeActive(entry: Entry): void {
    this.take(entry);
    if (takeOut(entry, 'active')) {
      this.#active--;
    }
  }

  #removeWaiting(entry: Entry): void {
    this.#fresh.delete(entry);
    takeOut(entry, 'fresh');
    takeOut(entry, 'idle');
  }

  /**
   * Marks new connections as idle, and offered downloads as stalled, once they have been quiet for long
   * enough.
   */
  #noticeQuiet(): void {
    for (const entry of this.#fresh) {
      if (!this.#isQuiet(entry, FRESH_FOR_MS)) {
        break;
      }
      this.#removeWaiting(entry);
      put(entry, 'idle');
    }
    for (const entry of this.#offered) {
      if (!this.#isQuiet(entry, STALLED_AFTER_MS)) {
        break;
      }
      this.#offered.delete(entry);
      put(entry, 'stalled');
    }
  }

  #isQuiet({ quietSince, quietTurn }: Entry, forMs: number): boolean {
    return this.#now() - quietSince >= forMs && this.#turn - quietTurn >= QUIET_TURNS;
  }

  /** Counts event loop turns until {@link QUIET_TURNS} of them have passed since the last call. */
  #awaitTurns(): void {
    const isCounting = this.#turnsToCount > 0;
    this.#turnsToCount = QUIET_TURNS;
    if (!isCounting) {
      this.#countTurn();
    }
  }

  #countTurn(): void {
    const { afterTurn = setImmediate } = this.#options;
    afterTurn(() => {
      this.#turn++;
      this.#turnsToCount--;
      if (this.#turnsToCount > 0) {
        this.#countTurn();
      }
    });
  }

  /**
   * Ends a connection to make room for a new one, according to the rules of {@link ConnectionTable}.
   *
   * @param level - shares of all sources, or those of the addresses of the new connection's source
   * @param newcomer - share of the new connection
   * @returns the limit hit: `connection refused` if there is no connection to end
   */
  #makeRoom(level: Shares<Entry>, newcomer: Share<Entry>): LimitHit {
    const held = newcomer.size;
    const resting = level.largest('resting');
    if (
      resting !== undefined &&
      resting.resting >= newcomer.resting + 2 &&
      resting.size >= Math.min(held, level.average)
    ) {
      return endLongestResting(resting);
    }
    // A source with fewer connections than the newcomer may be about to send its next request.
    const idlest = level.largest('idle');
    const [longestIdle] = idlest?.largestMember('idle').idle ?? [];
    if (longestIdle !== undefined && idlest !== undefined && idlest.size >= held) {
      return end(longestIdle, 'idle connection closed');
    }
    const slow = this.#nextCandidate(level, (entry) => entry.isSlow());
    if (slow !== undefined) {
      return end(slow, 'slow download ended');
    }
    // A source that has stalled downloads must not replace a moving or new connection.
    if (newcomer.stalled.size > 0) {
      return 'connection refused';
    }
    const larger = this.#nextCandidate(level, (_, share) => share.active.size > 2 * (held + 1));
    if (larger !== undefined) {
      return end(larger, 'download of the largest source ended');
    }
    const newest = level.largest('fresh');
    const [oldestNew] = newest?.largestMember('fresh').fresh ?? [];
    return oldestNew !== undefined && newest !== undefined && newest.size > 2 * held + 1
      ? end(oldestNew, 'new connection closed')
      : 'connection refused';
  }

  /**
   * Returns the first download that may be ended: slow ones come first, then those of the largest shares,
   * then the slowest. The order is up to half a second old.
   */
  #nextCandidate(
    level: Shares<Entry>,
    mayGive: (entry: Entry, share: Share<Entry>) => boolean,
  ): Entry | undefined {
    const now = this.#now();
    if (now - this.#candidatesAt > CANDIDATES_FOR_MS) {
      this.#candidatesAt = now;
      this.#candidates = this.#sources
        .active()
        .filter(({ isDownload }) => isDownload)
        .map((entry) => ({
          entry,
          isSlow: entry.isSlow(),
          ofSource: entry.shares[0].active.size,
          ofAddress: entry.shares[1].active.size,
          rate: entry.rate(),
        }))
        .sort(
          (one, other) =>
            Number(other.isSlow) - Number(one.isSlow) ||
            other.ofSource - one.ofSource ||
            other.ofAddress - one.ofAddress ||
            one.rate - other.rate,
        )
        .map(({ entry }) => entry);
    }
    return this.#candidates.find((entry) => {
      const share = entry.shares.find((each) => each.level === level);
      return share?.active.has(entry) === true && mayGive(entry, share);
    });
  }
}

function put(entry: Entry, state: ConnectionState): void {
  for (const share of entry.shares) {
    share.put(entry, state);
  }
}

function takeOut(entry: Entry, state: ConnectionState): boolean {
  const [source, host] = entry.shares;
  return source.takeOut(entry, state) && host.takeOut(entry, state);
}

/**
 * Returns the longest-resting connection of the address that has the most resting connections in a share.
 */
function longestResting(share: Share<Entry> | undefined): Entry | undefined {
  const { idle, stalled } = share?.largestMember('resting') ?? {};
  const [longestIdle] = idle ?? [];
  const [longestStalled] = stalled ?? [];
  const idleSince = longestIdle?.quietSince ?? Infinity;
  return longestStalled !== undefined && longestStalled.quietSince < idleSince
    ? longestStalled
    : longestIdle;
}

function endLongestResting(share: Share<Entry>): LimitHit {
  const entry = longestResting(share);
  if (entry === undefined) {
    return 'connection refused';
  }
  const isIdle = share.idle.has(entry);
  return end(entry, isIdle ? 'idle connection closed' : 'stalled download ended');
}

function end(entry: Entry, hit: LimitHit): LimitHit {
  entry.close(hit !== 'idle connection closed' && hit !== 'new connection closed');
  entry.closed();
  return hit;
}

class Entry implements TrackedConnection {
  readonly address: string;
  /** Shares of the connection's source, and of its address within the source. */
  readonly shares: readonly [Share<Entry>, Share<Entry>];
  readonly close: CloseConnection;
  /** Time at which the wait for the client to send or accept bytes began, in milliseconds. */
  quietSince: number;
  /** Event loop turn in which that wait began. */
  quietTurn: number;
  /** False while a request is answered at the server's own pace. */
  isDownload = true;
  readonly #table: ConnectionTable;
  #isOpen = true;
  #activeSince: number;
  #windowStart: number;
  #windowBytes = 0;
  /** Bytes per millisecond in the previous window. */
  #lastRate: number | undefined;

  constructor(
    table: ConnectionTable,
    address: string,
    shares: readonly [Share<Entry>, Share<Entry>],
    close: CloseConnection,
  ) {
    const now = table.now();
    this.#table = table;
    this.address = address;
    this.shares = shares;
    this.close = close;
    this.quietSince = now;
    this.quietTurn = table.turn;
    this.#activeSince = now;
    this.#windowStart = now;
  }

  began(as: 'download' | 'work' = 'download'): void {
    if (!this.#isOpen) {
      return;
    }
    this.isDownload = as === 'download';
    const now = this.#table.now();
    this.#activeSince = now;
    this.#windowStart = now;
    this.#windowBytes = 0;
    this.#lastRate = undefined;
    this.#table.begin(this);
  }

  offered(): void {
    if (!this.#isOpen) {
      return;
    }
    this.isDownload = true;
    this.#becomeQuiet();
    this.#table.offer(this);
  }

  progressed(bytes: number): void {
    if (!this.#isOpen) {
      return;
    }
    this.#table.take(this);
    const now = this.#table.now();
    const elapsed = now - this.#windowStart;
    this.#windowBytes += bytes;
    if (elapsed < RATE_WINDOW_MS) {
      return;
    }
    this.#lastRate = this.#windowBytes / elapsed;
    this.#windowStart = now;
    this.#windowBytes = 0;
  }

  rested(): void {
    if (!this.#isOpen) {
      return;
    }
    this.#becomeQuiet();
    this.#table.rest(this);
  }

  closed(): void {
    if (!this.#isOpen) {
      return;
    }
    this.#isOpen = false;
    this.#table.remove(this);
  }

  #becomeQuiet(): void {
    this.quietSince = this.#table.now();
    this.quietTurn = this.#table.turn;
  }

  /** Returns the recent rate, in bytes per millisecond. */
  rate(): number {
    const elapsed = this.#table.now() - this.#windowStart;
    if (this.#lastRate !== undefined && elapsed < RATE_WINDOW_MS / 2) {
      return this.#lastRate;
    }
    return this.#windowBytes / Math.max(elapsed, 1000);
  }

  isSlow(): boolean {
    const isMeasured = this.#table.now() - this.#activeSince >= RATE_WINDOW_MS;
    return isMeasured && this.rate() * 1000 < SLOW_BYTES_PER_SECOND;
  }
}
