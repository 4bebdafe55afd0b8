import { isActive } from '../hosts/install.js';
import { macOf, type NamedInstall } from './install-context.js';

/**
 * Limits on the stored installations of unknown machines, since anyone can create them with made-up MAC
 * addresses.
 */
export interface UnknownBounds {
  /** Age at which an installation that changed no disk is forgotten, in milliseconds. */
  readonly ageMs: number;
  /** Maximum number of ended installations that changed no disk. */
  readonly ended: number;
  /**
   * Maximum number of stored installations; once it is reached, no further unknown machines are installed.
   */
  readonly all: number;
  /**
   * Maximum number of unknown machines to which the configuration offers an installation at the same time. Menus for
   * made-up MAC addresses displace the oldest offers, and a machine starts its installation a few seconds after it has
   * fetched its menu. An offer takes 0.6 kB.
   */
  readonly offered: number;
}

/** Default limits. An installation takes about a kilobyte. */
export const UNKNOWN_BOUNDS: UnknownBounds = {
  ageMs: 30 * 24 * 60 * 60 * 1000,
  ended: 1000,
  all: 10_000,
  // TFTP answers at most 2,000 new requests per second.
  offered: 32_768,
};

/**
 * Returns the installations of unknown machines that may be forgotten: those that ended before the machine
 * got its preseed and are old or exceed the limit. The others are kept forever: a machine whose installation
 * is forgotten would be installed again, and its disk erased.
 */
export function forgettable(
  installs: readonly NamedInstall[],
  { ageMs, ended }: Pick<UnknownBounds, 'ageMs' | 'ended'>,
  now: number,
): readonly NamedInstall[] {
  return installs
    .filter(
      ({ name, install }) =>
        macOf(name) !== undefined && !isActive(install) && install.preseed === undefined,
    )
    .toSorted((one, other) => changedAt(other) - changedAt(one))
    .filter((one, index) => index >= ended || changedAt(one) <= now - ageMs);
}

function changedAt({ install }: NamedInstall): number {
  return install.steps.at(-1)?.at ?? 0;
}
