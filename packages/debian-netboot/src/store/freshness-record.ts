import * as v from 'valibot';

import { type Suite, SUITES } from '../catalog/suite.js';
import { NetbootError } from '../errors.js';
import { readChecked, replaceChecked } from '../files/checked-file.js';
import { isoTime, jsonRecord } from '../files/record-schemas.js';
import { type StoreLayout } from './layout.js';
import { type Generation } from './manifest.js';

/** Date of an InRelease, by suite. */
export type ReleaseDates = Readonly<Partial<Record<Suite, Date>>>;

/** Dates of the newest InRelease files that a store knows. */
export interface FreshnessRecord {
  /** Dates of committed releases: an older InRelease is refused. */
  readonly committed: ReleaseDates;
  /**
   * Dates of newer releases that passed all checks but did not lead to an image. An InRelease older than
   * these is accepted and reported.
   */
  readonly seen: ReleaseDates;
  /**
   * Dates that the user told the store to forget: Dates of generations up to these are ignored. Absent if
   * there are none.
   */
  readonly forgotten?: ReleaseDates;
}

const dateTexts = jsonRecord(v.picklist(SUITES), isoTime);
const schema = v.strictObject({
  committed: dateTexts,
  seen: dateTexts,
  forgotten: v.exactOptional(dateTexts),
});

/**
 * Reads the freshness record of a store; a missing one counts as empty.
 *
 * @param wasCommitted - returns true if the Date of a suite counts as committed in a record of the old
 *   format, which did not distinguish committed from seen releases
 * @throws {@link NetbootError} `ERR_NETBOOT_STORE_DAMAGED` if it is damaged: ignoring the damage would allow
 *   a replay
 */
export async function readFreshness(
  layout: StoreLayout,
  wasCommitted: (suite: Suite) => boolean,
): Promise<FreshnessRecord> {
  const text = await readChecked(layout.freshness);
  if (text === undefined) {
    return { committed: {}, seen: {} };
  }
  return parseRecord(text, layout.freshness, wasCommitted);
}

/** Replaces the freshness record of a store. */
export async function writeFreshness(layout: StoreLayout, record: FreshnessRecord): Promise<void> {
  const text = JSON.stringify(record, undefined, 2);
  await replaceChecked(layout.freshness, `${text}\n`, layout.temporary);
}

/**
 * Returns the latest committed Date of each suite in the given generations; an image counts with the Date of
 * its InRelease.
 */
export function committedDates(generations: readonly Generation[]): ReleaseDates {
  const targets = generations.flatMap(({ manifest }) => manifest.targets);
  return latestDates(
    ...targets.map(({ suite, releaseDate }): ReleaseDates => {
      return releaseDate === undefined ? {} : { [suite]: new Date(releaseDate) };
    }),
  );
}

/** Returns the latest date of each suite in several records. */
export function latestDates(...records: readonly ReleaseDates[]): ReleaseDates {
  const latest: Partial<Record<Suite, Date>> = {};
  for (const suite of SUITES) {
    for (const { [suite]: date } of records) {
      const known = latest[suite];
      if (date !== undefined && (known === undefined || known < date)) {
        latest[suite] = date;
      }
    }
  }
  return latest;
}

/**
 * Returns the dates that are later than the same suite's date in `others`, or whose suite is not in `others`.
 */
export function newerDates(dates: ReleaseDates, others: ReleaseDates): ReleaseDates {
  const newer = Object.entries(dates).filter(([suite, date]) => {
    const other = others[suite as Suite];
    return other === undefined || other < date;
  });
  return Object.fromEntries(newer);
}

function parseRecord(
  text: string,
  path: string,
  wasCommitted: (suite: Suite) => boolean,
): FreshnessRecord {
  try {
    const json: unknown = JSON.parse(text);
    const record = v.safeParse(schema, json);
    if (record.success) {
      const { committed, seen, forgotten } = record.output;
      return {
        committed: toDates(committed),
        seen: toDates(seen),
        ...(forgotten !== undefined && { forgotten: toDates(forgotten) }),
      };
    }
    const undivided = toDates(v.parse(dateTexts, json));
    const committed = Object.entries(undivided).filter(([suite]) => wasCommitted(suite as Suite));
    return { committed: latestDates(Object.fromEntries(committed)), seen: latestDates(undivided) };
  } catch (cause) {
    throw new NetbootError('ERR_NETBOOT_STORE_DAMAGED', `${path} is damaged`, {
      hint: 'if you are sure that the mirror is current, remove the file and sync again',
      cause,
    });
  }
}

function toDates(texts: Readonly<Partial<Record<Suite, string>>>): ReleaseDates {
  const entries = Object.entries(texts).map(([suite, text]): [string, Date] => [
    suite,
    new Date(text),
  ]);
  return latestDates(Object.fromEntries(entries));
}
