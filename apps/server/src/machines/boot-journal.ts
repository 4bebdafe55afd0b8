import { type BootChange, BootCorrelator } from './boot-correlator.js';
import { type Boot } from './boot.js';
import { isProven, type Sighting } from './sighting.js';

/** Maximum number of boots kept; those of addresses that may be forged never displace others. */
const MAX_BOOTS = 5_000;
const MAX_UNPROVEN = 500;

const SETTLE_EVERY_MS = 5_000;

/**
 * Maximum number of possibly forged requests processed per second; it bounds the cost of a flood.
 */
const UNPROVEN_PER_SECOND = 200;

/** Record of the boots that this daemon has seen, and of restored ones from earlier runs. */
export interface BootJournal {
  /** Processes one request. */
  see(sighting: Sighting): void;
  /** Returns the boots, newest first. */
  boots(): readonly Boot[];
  /** Adds boots of earlier runs. They cause no change events, and do not replace known ones. */
  restore(boots: readonly Boot[]): void;
  /** Calls a function for each change from now on; returns the function that ends it. */
  follow(onChange: (change: BootChange) => void): () => void;
  close(): void;
}

export interface BootJournalOptions {
  /** Called for each change. */
  readonly onChange?: (change: BootChange) => void;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
  /** Id of the first boot. @default 1 */
  readonly firstId?: number;
}

export function createBootJournal({
  onChange,
  now = Date.now,
  firstId = 1,
}: BootJournalOptions = {}): BootJournal {
  const correlator = new BootCorrelator(firstId);
  const proven = new Map<number, Boot>();
  const unproven = new Map<number, Boot>();
  const followers = new Set<(change: BootChange) => void>(onChange === undefined ? [] : [onChange]);

  const timer = setInterval(() => {
    correlator.settle(now()).forEach(record);
  }, SETTLE_EVERY_MS);
  timer.unref();

  let second = 0;
  let unprovenSeen = 0;
  /** Returns true while few possibly forged requests have arrived in this second. */
  function admitsUnproven({ at }: Sighting): boolean {
    const current = Math.floor(at / 1000);
    unprovenSeen = current === second ? unprovenSeen + 1 : 1;
    second = current;
    return unprovenSeen <= UNPROVEN_PER_SECOND;
  }

  function record(change: BootChange): void {
    const { boot } = change;
    const [table, size] = boot.proven ? [proven, MAX_BOOTS] : [unproven, MAX_UNPROVEN];
    if (boot.proven) {
      unproven.delete(boot.id);
    }
    table.set(boot.id, boot);
    if (table.size > size) {
      const [oldest] = table.keys();
      table.delete(Number(oldest));
    }
    for (const follower of followers) {
      follower(change);
    }
  }

  return {
    see(sighting) {
      if (!isProven(sighting) && !admitsUnproven(sighting)) {
        return;
      }
      const change = correlator.see(sighting);
      if (change !== undefined) {
        record(change);
      }
    },
    boots: () =>
      [...proven.values(), ...unproven.values()].toSorted(
        (one, other) => other.startedAt - one.startedAt || other.id - one.id,
      ),
    restore(boots) {
      const unknown = boots.filter(({ id }) => !proven.has(id) && !unproven.has(id));
      prepend(
        proven,
        unknown.filter((boot) => boot.proven),
        MAX_BOOTS,
      );
      prepend(
        unproven,
        unknown.filter((boot) => !boot.proven),
        MAX_UNPROVEN,
      );
      correlator.restore(unknown, now());
    },
    follow(follower) {
      followers.add(follower);
      return () => followers.delete(follower);
    },
    close() {
      clearInterval(timer);
      followers.clear();
    },
  };
}

/** Adds the newest boots in front of others, as far as there is room. */
function prepend(table: Map<number, Boot>, boots: readonly Boot[], size: number): void {
  const room = size - table.size;
  const newer = [...table.values()];
  const older = boots.toSorted((one, other) => one.startedAt - other.startedAt);
  table.clear();
  for (const boot of [...(room > 0 ? older.slice(-room) : []), ...newer]) {
    table.set(boot.id, boot);
  }
}
