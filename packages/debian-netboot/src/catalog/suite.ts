import { failure, type Result, success } from '../errors.js';
import { type Arch } from './arch.js';
import { closestWord, hintWith, joinAlternatives } from './suggestion.js';

/**
 * Codenames of the suites whose installer this package knows: releases, newest first, then rolling
 * suites, then archived ones. A new suite needs its codename here and a row in the table below.
 */
export const SUITES = [
  'trixie',
  'bookworm',
  'bullseye',
  'forky',
  'sid',
  'buster',
  'stretch',
] as const;

/** Debian suite, identified by its codename, which never changes its meaning. */
export type Suite = (typeof SUITES)[number];

/** Facts about a suite that hold for every mirror. */
export interface SuiteFacts {
  readonly suite: Suite;
  /** Debian release number; `undefined` for suites that are never released. */
  readonly release: number | undefined;
  /**
   * Stage in the life of a suite:
   *
   * - `released`: has point releases and no expiry date
   * - `rolling`: changes daily, and its InRelease expires after a week
   * - `archived`: never changes again, exists only on archive.debian.org, and has no security support
   */
  readonly kind: 'released' | 'rolling' | 'archived';
  /** Name for menus: `Debian 13 (trixie)`. */
  readonly title: string;
  /**
   * Alias of the suite on mirrors, such as `stable`, as of this version of the package; `undefined`
   * for archived suites.
   */
  readonly alias: string | undefined;
  /** Architectures that the suite has an installer for, among those that this package supports. */
  readonly arches: readonly Arch[];
}

const FACTS: Readonly<Record<Suite, SuiteFacts>> = {
  trixie: released('trixie', 13, 'stable', ['amd64', 'arm64']),
  bookworm: released('bookworm', 12, 'oldstable', ['amd64', 'arm64', 'i386']),
  bullseye: released('bullseye', 11, 'oldoldstable', ['amd64', 'arm64', 'i386']),
  forky: rolling('forky', 14, 'testing', ['amd64', 'arm64']),
  sid: rolling('sid', undefined, 'unstable', ['amd64', 'arm64']),
  buster: archived('buster', 10, ['amd64', 'arm64', 'i386']),
  stretch: archived('stretch', 9, ['amd64', 'arm64', 'i386']),
};

function released(
  suite: Suite,
  release: number,
  alias: string,
  arches: readonly Arch[],
): SuiteFacts {
  return { suite, release, kind: 'released', title: `Debian ${release} (${suite})`, alias, arches };
}

function rolling(
  suite: Suite,
  release: number | undefined,
  alias: string,
  arches: readonly Arch[],
): SuiteFacts {
  return { suite, release, kind: 'rolling', title: `Debian ${alias} (${suite})`, alias, arches };
}

function archived(suite: Suite, release: number, arches: readonly Arch[]): SuiteFacts {
  const title = `Debian ${release} (${suite})`;
  return { suite, release, kind: 'archived', title, alias: undefined, arches };
}

/** Suites by their other names: alias and release number. */
const OTHER_NAMES: Readonly<Partial<Record<string, Suite>>> = Object.fromEntries(
  SUITES.flatMap((suite) => {
    const { alias, release } = FACTS[suite];
    const names = [alias, release?.toString()].filter((name) => name !== undefined);
    return names.map((name): [string, Suite] => [name, suite]);
  }),
);

/** Returns the {@link SuiteFacts} of a suite. */
export function suiteFacts(suite: Suite): SuiteFacts {
  return FACTS[suite];
}

/**
 * Compares suites for menus and for the choice of boot loaders: released before rolling before
 * archived, newest first.
 */
export function compareSuites(left: Suite, right: Suite): number {
  return SUITES.indexOf(left) - SUITES.indexOf(right);
}

/** Returns true if `text` is the codename of a suite. */
export function isSuite(text: string): text is Suite {
  return (SUITES as readonly string[]).includes(text);
}

/**
 * Parses a suite's codename. Aliases such as `stable` are refused, and the hint names the codename: an alias
 * changes its meaning when Debian makes a release, and a server must not switch to another release because of
 * that.
 */
export function parseSuite(text: string): Result<Suite> {
  if (isSuite(text)) {
    return success(text);
  }
  const lower = text
    .trim()
    .toLowerCase()
    .replace(/^debian[ -]?/, '');
  const meant = isSuite(lower) ? lower : OTHER_NAMES[lower];
  if (meant !== undefined) {
    return failure('ERR_NETBOOT_UNKNOWN_SUITE', `suite ${JSON.stringify(text)} is not a codename`, {
      hint: `write ${JSON.stringify(meant)}`,
    });
  }
  const near = closestWord(text, SUITES);
  return failure('ERR_NETBOOT_UNKNOWN_SUITE', `unknown suite ${JSON.stringify(text)}`, {
    hint: hintWith(near, `choose ${joinAlternatives(SUITES)}`),
  });
}

/** Suite whose modules the daily installer builds use, whatever suite they install. */
export const DAILY_MODULE_SUITE: Suite = 'sid';
