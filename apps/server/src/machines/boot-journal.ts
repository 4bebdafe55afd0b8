import { type BootChange, BootCorrelator, type LoggedStep } from './boot-correlator.js';
import { type Boot } from './boot.js';
import { KeptBoots } from './kept-boots.js';
import { isProven, type Sighting } from './sighting.js';

/** Maximum number of boots kept, not counting those of addresses that may be forged. */
const MAX_BOOTS = 5_000;
/** Maximum number of boots of addresses that may be forged; they never displace others. */
const MAX_UNPROVEN = 500;

const SETTLE_EVERY_MS = 5_000;

/** Maximum delay before a request is processed, in milliseconds: replies take precedence. */
const ENTER_AFTER_MS = 100;
/** Maximum number of waiting requests; once there are this many, they are processed immediately. */
const MAX_WAITING = 512;

/**
 * Maximum number of possibly forged requests processed per second; the limit bounds the cost of a flood.
 */
const UNPROVEN_PER_SECOND = 200;

/** Record of the boots that this daemon has seen, and of restored ones from earlier runs. */
export interface BootJournal {
  /** Queues one request. It is processed within 100 ms, together with others, in order. */
  see(sighting: Sighting): void;
  /** Adds a step that an installer has logged to its boot. */
  addStep(step: LoggedStep): void;
  /**
   * Counts a transfer that has begun: until it ends, the boots at its address do not count as silent. The
   * transfer itself is passed to {@link BootJournal.see} when it has ended.
   */
  began(address: string): void;
  /** Counts the end of a transfer that has begun. */
  ended(address: string): void;
  /** Returns the boots, newest first. */
  boots(): readonly Boot[];
  /** Adds boots of earlier runs. They cause no change events, and do not replace known ones. */
  restore(boots: readonly Boot[]): void;
  /** Calls a function for each change from now on; returns a function that stops the calls. */
  follow(onChange: (change: BootChange) => void): () => void;
  close(): void;
}

export interface BootJournalOptions {
  /** Called for each change. */
  readonly onChange?: (change: BootChange) => void;
  /** Called for each request, in the order in which they are processed. */
  readonly onSighting?: (sighting: Sighting) => void;
  /** Clock, in milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
  /** Id of the first boot. @default 1 */
  readonly firstId?: number;
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

  const timer = setInterval(() => {
    enter();
    correlator.settle(now(), (address) => transfers.has(address)).forEach(record);
  }, SETTLE_EVERY_MS);
  timer.unref();

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
      correlator.add(sighting);
    }
    correlator.takeChanges().forEach(record);
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

  function record(change: BootChange): void {
    const { boot } = change;
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
      correlator.addStep(step);
      correlator.takeChanges().forEach(record);
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
    restore(boots) {
      enter();
      const unknown = boots.filter(({ id }) => !proven.has(id) && !unproven.has(id));
      proven.prepend(unknown.filter((boot) => boot.proven));
      unproven.prepend(unknown.filter((boot) => !boot.proven));
      correlator.restore(unknown, now());
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
