import { type Boot } from '../machines/boot.js';

/** Place of a boot in the list of all boots, newest first. */
export interface BootPlace {
  /** Start in whole milliseconds since 1970. */
  readonly startedAt: number;
  readonly id: number;
}

/** Conditions that the database checks. */
export interface StoredFilter {
  /**
   * MAC addresses, UUIDs or IP addresses of the machine, in the form used in a boot; at least one of them
   * must match.
   */
  readonly machine?: readonly string[] | undefined;
  readonly outcome?: Boot['outcome'] | undefined;
  /** Time at or after which boots started, in milliseconds since 1970. */
  readonly since?: number | undefined;
  /** Time before which boots started, in milliseconds since 1970. */
  readonly until?: number | undefined;
}

/** Facts about all boots of a machine in the database. */
export interface StoredTotals {
  readonly boots: number;
  /** Milliseconds since 1970. */
  readonly firstSeenAt: number;
}

/** Returns the place of a boot, rounded in the same way as in the database. */
export function placeOf({ startedAt, id }: Pick<Boot, 'startedAt' | 'id'>): BootPlace {
  return { startedAt: Math.round(startedAt), id };
}

/** Returns true if one place comes after another in the list, or if there is no other. */
export function isBehind(one: BootPlace, other: BootPlace | undefined): boolean {
  return (
    other === undefined ||
    one.startedAt < other.startedAt ||
    (one.startedAt === other.startedAt && one.id < other.id)
  );
}
