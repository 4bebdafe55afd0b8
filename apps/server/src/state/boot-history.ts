import { type Kysely } from 'kysely';

import { type BootJournal } from '../machines/boot-journal.js';
import { type Boot } from '../machines/boot.js';
import {
  type BootPlace,
  isBehind,
  placeOf,
  type StoredFilter,
  type StoredTotals,
} from './boot-places.js';
import {
  bootsOfIds,
  countBoots,
  readMachine,
  readMachines,
  readOldestStart,
  readPlaces,
} from './boot-table.js';
import { type MachineRow, type StateTables } from './tables.js';

/** Number of boots read from the database at a time. */
const PAGE = 500;

/**
 * All boots on record: those in memory, and the older ones that only the database has. While the database is
 * unavailable, only those in memory are known.
 */
export interface BootHistory {
  /** True if the last attempt to read the database failed, so that boots may be missing. */
  readonly isIncomplete: boolean;
  /** Returns the boots in memory, newest first. */
  recent(): readonly Boot[];
  /**
   * Yields boots in lists of any size, newest first. The filter saves reads of the database; it does not
   * apply to boots in memory.
   *
   * @param after - place of the last boot that the caller has; if omitted, the list starts with the newest
   *   boot
   */
  pages(filter: StoredFilter, after?: BootPlace): AsyncGenerator<readonly Boot[]>;
  /** Returns the boots with these ids, in any order; unknown ids are ignored. */
  boots(ids: readonly number[]): Promise<readonly Boot[]>;
  /**
   * Returns machines in the database, most recently seen first.
   *
   * @param until - machines that were seen after this time are left out, in milliseconds since 1970
   */
  machines(limit: number, until?: number): Promise<readonly MachineRow[]>;
  /** Returns the machine in the database that was last seen with one of these MAC addresses, UUIDs or IP addresses. */
  machine(names: readonly string[]): Promise<MachineRow | undefined>;
  /**
   * Returns the start of the oldest boot in the database that cannot have been forged, in milliseconds since 1970.
   */
  oldestStart(): Promise<number | undefined>;
  /** Returns the totals of machines in the database, by MAC address, or by UUID for machines without one. */
  totals(names: readonly string[]): Promise<ReadonlyMap<string, StoredTotals>>;
}

export interface BootHistoryOptions {
  readonly journal: Pick<BootJournal, 'boots'>;
  /**
   * Returns the database once it has been opened.
   * @default none: only the boots in memory are known
   */
  readonly database?: () => Kysely<StateTables> | undefined;
  /** Called with the first failure to read the database, and with the first one after each success. */
  readonly onFailure?: (error: unknown) => void;
}

export function createBootHistory({
  journal,
  database,
  onFailure,
}: BootHistoryOptions): BootHistory {
  let isIncomplete = false;

  /** Queries the database; returns undefined without a database or if the query fails. */
  async function query<Result>(
    ask: (db: Kysely<StateTables>) => Promise<Result>,
  ): Promise<Result | undefined> {
    const db = database?.();
    if (db === undefined) {
      return undefined;
    }
    try {
      const result = await ask(db);
      isIncomplete = false;
      return result;
    } catch (error) {
      if (!isIncomplete) {
        isIncomplete = true;
        onFailure?.(error);
      }
      return undefined;
    }
  }

  async function* pages(filter: StoredFilter, after?: BootPlace): AsyncGenerator<readonly Boot[]> {
    const boots = journal.boots();
    const known = new Set(boots.map(({ id }) => id));
    let left = boots.filter((boot) => isBehind(placeOf(boot), after)).toSorted(newestFirst);
    for (let last = after; ;) {
      const places = await query((db) => readPlaces(db, filter, PAGE, last));
      if (places === undefined) {
        break;
      }
      const unknown = places.filter(({ id }) => !known.has(id)).map(({ id }) => id);
      const stored = (await query((db) => bootsOfIds(db, unknown))) ?? [];
      last = places.at(-1);
      if (places.length < PAGE || last === undefined) {
        left = [...left, ...stored].toSorted(newestFirst);
        break;
      }
      const end = last;
      const count = left.filter((boot) => !isBehind(placeOf(boot), end)).length;
      yield [...left.slice(0, count), ...stored].toSorted(newestFirst);
      left = left.slice(count);
    }
    yield left;
  }

  return {
    get isIncomplete() {
      return isIncomplete;
    },
    recent: () => journal.boots(),
    pages,
    async boots(ids) {
      const wanted = new Set(ids);
      const found = journal.boots().filter(({ id }) => wanted.has(id));
      for (const { id } of found) {
        wanted.delete(id);
      }
      const stored = wanted.size === 0 ? [] : await query((db) => bootsOfIds(db, [...wanted]));
      return [...found, ...(stored ?? [])];
    },
    machines: async (limit, until) => (await query((db) => readMachines(db, limit, until))) ?? [],
    machine: (names) => query((db) => readMachine(db, names)),
    oldestStart: () => query(readOldestStart),
    totals: async (names) => (await query((db) => countBoots(db, names))) ?? new Map(),
  };
}

function newestFirst(one: Boot, other: Boot): number {
  return isBehind(placeOf(one), placeOf(other)) ? 1 : -1;
}
