import { type BootChange, BootCorrelator, type LoggedStep } from './boot-correlator.js';
import { type Boot } from './boot.js';
import { KeptBoots } from './kept-boots.js';
import { isProven, type Sighting } from './sighting.js';

/** Maximum number of boots kept, not counting those from addresses that may be forged. */
const MAX_BOOTS = 5_000;
/** Maximum number of boots from addresses that may be forged; they never displace others. */
const MAX_UNPROVEN = 500;

const SETTLE_EVERY_MS = 5_000;

/** Maximum delay before a request is processed, in milliseconds, so that replies take precedence. */
const ENTER_AFTER_MS = 100;
/** Maximum number of waiting requests; once there are this many, they are processed immediately. */
const MAX_WAITING = 512;

/**
 * Time for which requests wait for earlier ones from other daemons, in milliseconds: a machine may load its
 * files from several daemons in turn, and a busy daemon may take a while to send its updates.
 */
const EXCHANGE_MS = 2_000;
/**
 * Time for which an update about a running transfer is valid, in milliseconds. Updates are sent every {@link
 * SETTLE_EVERY_MS}.
 */
const BUSY_MS = 4 * SETTLE_EVERY_MS;

/**
 * Maximum number of possibly forged requests processed per second; the limit bounds the cost of a flood.
 */
const UNPROVEN_PER_SECOND = 200;

/** Request that one of several daemons has served. */
export interface SharedSighting {
  readonly sighting: Sighting;
  /** Id of the boot that the request may begin. */
  readonly bootId: number;
}

/** Updates that daemons on the same database exchange. */
export interface BootNews {
  readonly sightings: readonly SharedSighting[];
  /** Steps that installers have logged. */
  readonly steps: readonly LoggedStep[];
  /** Addresses that are receiving files. */
  readonly busy: readonly string[];
}

/** Connection to the other daemons on the same database. */
export interface BootExchange {
  /** True while other daemons are known to be running. */
  readonly hasOthers: boolean;
  /** Sends an update to the others. Updates are discarded while they cannot be reached. */
  send(news: BootNews): void;
  /** Sets the receiver of updates from the others. */
  receive(callback: (news: BootNews) => void): void;
}

/** Record of the boots that this daemon has seen, or that were restored from earlier runs. */
export interface BootJournal {
  /** Queues one request. It is processed within 100 ms, together with others, in order. */
  see(sighting: Sighting): void;
  /** Adds a step that an installer has logged to its boot. */
  addStep(step: LoggedStep): void;
  /**
   * Counts a transfer that has begun: until it ends, the boots at its address are not considered silent. The
   * transfer itself is passed to {@link BootJournal.see} when it has ended.
   */
  began(address: string): void;
  /** Counts the end of a transfer that has begun. */
  ended(address: string): void;
  /** Returns the boots, newest first. */
  boots(): readonly Boot[];
  /**
   * Exchanges requests with other daemons, so that a machine that loads its files from several of them has one
   * boot, which all of them know. Requests are then processed two seconds later, in the order of their times.
   *
   * @returns a function that ends the exchange and immediately processes all requests
   */
  share(exchange: BootExchange): () => void;
  /**
   * Adds boots from earlier runs or from other daemons. They cause no change events, unless they show more of a boot
   * that this daemon knows.
   */
  restore(boots: readonly Boot[]): void;
  /** Calls a function for each change from now on; returns a function that stops the calls. */
  follow(onChange: (change: BootChange) => void): () => void;
  close(): void;
}

export interface BootJournalOptions {
  /** Called for each change. */
  readonly onChange?: (change: BootChange) => void;
  /** Called for each request of this daemon, in the order of their arrival. */
  readonly onSighting?: (sighting: Sighting) => void;
  /** Clock, in milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
  /** Id of the first boot. @default 1 */
  readonly firstId?: number;
}

const NO_NEWS: BootNews = { sightings: [], steps: [], busy: [] };

/** Request or step that has not been processed yet. */
interface Held {
  /** Time of the request, in milliseconds since 1970. */
  readonly at: number;
  /** Time of its arrival, according to `performance.now()`. */
  readonly heldAt: number;
  /**
   * Id of the boot that it may begin. If times are equal, ids determine the order, so that it is the same in
   * all daemons.
   */
  readonly bootId: number;
  /** True if it came from another daemon. */
  readonly isForeign: boolean;
  readonly process: () => void;
}

export function createBootJournal({
  onChange,
  onSighting,
  now = Date.now,
  firstId = 1,
}: BootJournalOptions = {}): BootJournal {
  const correlator = new BootCorrelator(firstId);
  const proven = new KeptBoots(MAX_BOOTS);
  const unproven = new KeptBoots(MAX_UNPROVEN);
  /** Number of transfers in flight by address. */
  const transfers = new Map<string, number>();
  const followers = new Set<(change: BootChange) => void>(onChange === undefined ? [] : [onChange]);

  let exchange: BootExchange | undefined;
  /**
   * Times until which other daemons count as sending a file to an address, according to `performance.now()`,
   * by address.
   */
  const foreignTransfers = new Map<string, number>();

  const timer = setInterval(() => {
    enter();
    exchange?.send({ ...NO_NEWS, busy: [...transfers.keys()] });
    for (const [address, until] of foreignTransfers) {
      if (until <= performance.now()) {
        foreignTransfers.delete(address);
      }
    }
    const isBusy = (address: string): boolean =>
      transfers.has(address) || foreignTransfers.has(address);
    correlator.settle(now(), isBusy).forEach(record);
  }, SETTLE_EVERY_MS);
  timer.unref();

  /** Requests and steps that wait for earlier ones from other daemons. */
  let held: Held[] = [];
  let releasing: NodeJS.Timeout | undefined;

  /** Processes requests and steps immediately, or later if other daemons may have seen earlier ones. */
  function hold(news: readonly Omit<Held, 'heldAt'>[]): void {
    held.push(...news.map((one) => ({ ...one, heldAt: performance.now() })));
    if (exchange?.hasOthers !== true) {
      release(held);
    } else if (held.length > 0) {
      releasing ??= setTimeout(releaseDue, EXCHANGE_MS).unref();
    }
  }

  function releaseDue(): void {
    releasing = undefined;
    const waited = held.filter(({ heldAt }) => performance.now() - heldAt >= EXCHANGE_MS);
    const last = Math.max(-Infinity, ...waited.map(({ at }) => at));
    release(held.filter(({ at }) => at <= last));
    const [next] = held;
    if (next !== undefined) {
      const waitMs = Math.max(0, next.heldAt + EXCHANGE_MS - performance.now());
      releasing = setTimeout(releaseDue, waitMs).unref();
    }
  }

  function release(due: readonly Held[]): void {
    const released = new Set(due);
    held = held.filter((one) => !released.has(one));
    let before: boolean | undefined;
    for (const { isForeign, process } of due.toSorted(inOrder)) {
      if (before !== isForeign) {
        // A change comes from either this daemon or others.
        correlator.takeChanges().forEach(record);
      }
      before = isForeign;
      process();
    }
    correlator.takeChanges().forEach(record);
  }

  function receive({ sightings, steps, busy }: BootNews): void {
    for (const address of busy) {
      foreignTransfers.set(address, performance.now() + BUSY_MS);
    }
    enter();
    hold([
      ...sightings.map(({ sighting, bootId }) => ({
        at: sighting.at,
        bootId,
        isForeign: true,
        process: () => {
          correlator.add(sighting, { bootId, isForeign: true });
        },
      })),
      ...steps.map((step) => ({
        at: step.at,
        bootId: Infinity,
        isForeign: true,
        process: () => {
          correlator.addStep(step, true);
        },
      })),
    ]);
  }

  let waiting: Sighting[] = [];
  let entering: NodeJS.Timeout | undefined;
  /** Index in `waiting` of each delivered transfer whose figures are still missing. */
  const unmeasured = new Map<object, number>();

  /**
   * Adds the figures of a transfer to its delivery if that is still waiting; returns false otherwise.
   */
  function isMeasured(late: Sighting): boolean {
    const index = late.transfer === undefined ? undefined : unmeasured.get(late.transfer);
    const delivered = index === undefined ? undefined : waiting[index];
    if (index === undefined || delivered?.path !== late.path) {
      return false;
    }
    waiting[index] = measured(delivered, late);
    return true;
  }

  /** Processes the waiting requests. */
  function enter(): void {
    clearTimeout(entering);
    entering = undefined;
    if (waiting.length === 0) {
      return;
    }
    const sightings = waiting;
    waiting = [];
    unmeasured.clear();
    for (const sighting of sightings) {
      onSighting?.(sighting);
    }
    if (exchange === undefined) {
      for (const sighting of sightings) {
        correlator.add(sighting);
      }
      correlator.takeChanges().forEach(record);
      return;
    }
    const shared = sightings.map((sighting) => ({ sighting, bootId: correlator.takeId() }));
    exchange.send({ ...NO_NEWS, sightings: shared });
    hold(
      shared.map(({ sighting, bootId }) => ({
        at: sighting.at,
        bootId,
        isForeign: false,
        process: () => {
          correlator.add(sighting, { bootId });
        },
      })),
    );
  }

  let second = 0;
  let unprovenSeen = 0;
  /** Counts a request that may be forged; returns false if too many have arrived in this second. */
  function admitsUnproven({ at }: Sighting): boolean {
    const current = Math.floor(at / 1000);
    unprovenSeen = current === second ? unprovenSeen + 1 : 1;
    second = current;
    return unprovenSeen <= UNPROVEN_PER_SECOND;
  }

  function record({ type, boot, isForeign }: BootChange): void {
    // The daemon that served the machine last may no longer be running.
    const change: BootChange =
      isForeign === true && exchange?.hasOthers === true
        ? { type, boot, isForeign }
        : { type, boot };
    if (boot.proven) {
      unproven.delete(boot.id);
    }
    (boot.proven ? proven : unproven).put(boot);
    for (const follower of followers) {
      follower(change);
    }
  }

  return {
    see(sighting) {
      if (!isProven(sighting) && !admitsUnproven(sighting)) {
        return;
      }
      if (sighting.isLate === true && isMeasured(sighting)) {
        return;
      }
      if (sighting.transfer !== undefined && sighting.bytes === undefined) {
        unmeasured.set(sighting.transfer, waiting.length);
      }
      waiting.push(sighting);
      if (waiting.length >= MAX_WAITING) {
        enter();
        return;
      }
      entering ??= setTimeout(enter, ENTER_AFTER_MS).unref();
    },
    addStep(step) {
      enter();
      exchange?.send({ ...NO_NEWS, steps: [step] });
      hold([
        {
          at: step.at,
          bootId: Infinity,
          isForeign: false,
          process: () => {
            correlator.addStep(step);
          },
        },
      ]);
    },
    began(address) {
      transfers.set(address, (transfers.get(address) ?? 0) + 1);
    },
    ended(address) {
      const left = (transfers.get(address) ?? 0) - 1;
      if (left > 0) {
        transfers.set(address, left);
      } else {
        transfers.delete(address);
      }
    },
    boots() {
      enter();
      return [...proven.values(), ...unproven.values()].toSorted(
        (one, other) => other.startedAt - one.startedAt || other.id - one.id,
      );
    },
    share(started) {
      enter();
      exchange = started;
      exchange.receive(receive);
      return () => {
        enter();
        exchange = undefined;
        clearTimeout(releasing);
        releasing = undefined;
        foreignTransfers.clear();
        release(held);
      };
    },
    restore(boots) {
      enter();
      for (const id of correlator.merge(boots)) {
        proven.delete(id);
        unproven.delete(id);
      }
      correlator.takeChanges().forEach(record);
      const unknown = boots.filter(({ id }) => !proven.has(id) && !unproven.has(id));
      proven.prepend(unknown.filter((boot) => boot.proven));
      unproven.prepend(unknown.filter((boot) => !boot.proven));
      correlator.restore(unknown, now(), exchange !== undefined);
    },
    follow(follower) {
      enter();
      followers.add(follower);
      return () => {
        enter();
        followers.delete(follower);
      };
    },
    close() {
      enter();
      clearTimeout(releasing);
      release(held);
      clearInterval(timer);
      followers.clear();
    },
  };
}

/** Returns a transfer with the figures reported at its end (`late`), but with the time of its delivery. */
function measured({ at, bootsDisk }: Sighting, late: Sighting): Sighting {
  return {
    at,
    durationMs: Math.max(0, at - late.at + late.durationMs),
    transport: late.transport,
    address: late.address,
    path: late.path,
    result: late.result,
    bytes: late.bytes,
    size: late.size,
    blksize: late.blksize,
    windowsize: late.windowsize,
    identity: late.identity,
    reason: undefined,
    isStale: late.isStale,
    bootsDisk,
    isLate: false,
    transfer: undefined,
  };
}

function inOrder(one: Held, other: Held): number {
  return one.at === other.at && one.bootId !== other.bootId
    ? one.bootId - other.bootId
    : one.at - other.at;
}
