import { failure, type Result, success } from '../errors.js';
import { closestWord, joinAlternatives } from './suggestion.js';

/**
 * The suites whose installer this package knows, by codename: releases, the newest first, then what
 * changes daily, then what has left the mirrors.
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

/** A Debian suite by its codename: the name that never changes its meaning. */
export type Suite = (typeof SUITES)[number];

/** What is known about a suite without asking any mirror. */
export interface SuiteFacts {
  readonly suite: Suite;
  /** Debian's release number; absent for suites that are never released. */
  readonly release: number | undefined;
  /**
   * `released` suites have point releases and no expiry date; `rolling` ones change daily, and their
   * InRelease expires after a week; `archived` ones never change again, are found on
   * archive.debian.org only, and have no security support.
   */
  readonly kind: 'released' | 'rolling' | 'archived';
  /** What to call it in a menu: `Debian 13 (trixie)`. */
  readonly title: string;
  /**
   * The suite's other name on mirrors while this version is current: `stable`. Archived suites have
   * none.
   */
  readonly alias: string | undefined;
}

const FACTS: Readonly<Record<Suite, SuiteFacts>> = {
  trixie: {
    suite: 'trixie',
    release: 13,
    kind: 'released',
    title: 'Debian 13 (trixie)',
    alias: 'stable',
  },
  bookworm: {
    suite: 'bookworm',
    release: 12,
    kind: 'released',
    title: 'Debian 12 (bookworm)',
    alias: 'oldstable',
  },
  bullseye: {
    suite: 'bullseye',
    release: 11,
    kind: 'released',
    title: 'Debian 11 (bullseye)',
    alias: 'oldoldstable',
  },
  forky: {
    suite: 'forky',
    release: 14,
    kind: 'rolling',
    title: 'Debian testing (forky)',
    alias: 'testing',
  },
  sid: {
    suite: 'sid',
    release: undefined,
    kind: 'rolling',
    title: 'Debian unstable (sid)',
    alias: 'unstable',
  },
  buster: {
    suite: 'buster',
    release: 10,
    kind: 'archived',
    title: 'Debian 10 (buster)',
    alias: undefined,
  },
  stretch: {
    suite: 'stretch',
    release: 9,
    kind: 'archived',
    title: 'Debian 9 (stretch)',
    alias: undefined,
  },
};

/** Suites by the names that people use for them: aliases and release numbers. */
const OTHER_NAMES: Readonly<Partial<Record<string, Suite>>> = Object.fromEntries(
  SUITES.flatMap((suite) => {
    const { alias, release } = FACTS[suite];
    const names = [alias, release?.toString()].filter((name) => name !== undefined);
    return names.map((name): [string, Suite] => [name, suite]);
  }),
);

/** What is known about a suite without asking any mirror. */
export function suiteFacts(suite: Suite): SuiteFacts {
  return FACTS[suite];
}

/**
 * Orders suites for menus and for choosing boot loaders: released before rolling before archived,
 * newest first.
 */
export function compareSuites(left: Suite, right: Suite): number {
  return SUITES.indexOf(left) - SUITES.indexOf(right);
}

/** Whether `text` is a suite's codename. */
export function isSuite(text: string): text is Suite {
  return (SUITES as readonly string[]).includes(text);
}

/**
 * Reads a suite's codename. Aliases such as `stable` are refused with the codename that they stand
 * for: they change their meaning at a release, and a server must not reinstall another Debian than
 * yesterday because of that.
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
    hint:
      (near === undefined ? '' : `did you mean ${near}? `) + `choose ${joinAlternatives(SUITES)}`,
  });
}

/** Daily builds of the installer take their modules from unstable, whatever they install. */
export const DAILY_MODULE_SUITE: Suite = 'sid';
