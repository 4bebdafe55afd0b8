import { z } from 'zod';

import { type Suite, SUITES } from '../catalog/suite.js';
import { NetbootError } from '../errors.js';
import { readChecked, replaceChecked } from '../files/checked-file.js';
import { type StoreLayout } from './layout.js';
import { type Generation } from './manifest.js';

/** Dates of InRelease files by suite. */
export type ReleaseDates = Readonly<Partial<Record<Suite, Date>>>;

/** The newest InRelease files that a store knows of. */
export interface FreshnessRecord {
  /** Those of which images were committed: none that is older is accepted again. */
  readonly committed: ReleaseDates;
  /**
   * Newer ones that passed every check, and of which no image could be had: that an accepted one is
   * older is reported, and no more.
   */
  readonly seen: ReleaseDates;
  /**
   * Dates that someone has had the store forget: generations of up to then do not say what was
   * committed. Absent if nothing was forgotten.
   */
  readonly forgotten?: ReleaseDates;
}

const dateTexts = z.partialRecord(z.enum(SUITES), z.iso.datetime());
const schema = z.strictObject({
  committed: dateTexts,
  seen: dateTexts,
  forgotten: dateTexts.exactOptional(),
});

/**
 * Reads what was committed and seen before.
 *
 * @param wasCommitted - decides about a suite in a record of the form that did not tell the two apart
 * @throws NetbootError `ERR_NETBOOT_STORE_DAMAGED`: forgetting it would open the door to a replay
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

/** Replaces the record. */
export async function writeFreshness(layout: StoreLayout, record: FreshnessRecord): Promise<void> {
  const text = JSON.stringify(record, undefined, 2);
  await replaceChecked(layout.freshness, `${text}\n`, layout.temporary);
}

/** What was committed as far as generations tell it: each image names the date of its InRelease. */
export function committedDates(generations: readonly Generation[]): ReleaseDates {
  const targets = generations.flatMap(({ manifest }) => manifest.targets);
  return latestDates(
    ...targets.map(({ suite, releaseDate }): ReleaseDates => {
      return releaseDate === undefined ? {} : { [suite]: new Date(releaseDate) };
    }),
  );
}

/** The later date of each suite. */
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

/** Those of the dates that are later than others, or have no other. */
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
    const record = schema.safeParse(json);
    if (record.success) {
      const { committed, seen, forgotten } = record.data;
      return {
        committed: toDates(committed),
        seen: toDates(seen),
        ...(forgotten !== undefined && { forgotten: toDates(forgotten) }),
      };
    }
    const undivided = toDates(dateTexts.parse(json));
    const committed = Object.entries(undivided).filter(([suite]) => wasCommitted(suite as Suite));
    return { committed: latestDates(Object.fromEntries(committed)), seen: latestDates(undivided) };
  } catch (cause) {
    throw new NetbootError('ERR_NETBOOT_STORE_DAMAGED', `${path} is damaged`, {
      hint: 'remove it if you are sure that the mirror is current, and sync again',
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
