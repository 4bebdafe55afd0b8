import { z } from 'zod';
import { SUITES, type Suite } from '../catalog/suite.js';
import { NetbootError } from '../errors.js';
import { readChecked, replaceChecked } from './checked-file.js';
import { type Generation } from './manifest.js';
import { type StoreLayout } from './layout.js';

/** By suite, the Date of the newest InRelease that was ever accepted. */
export type FreshnessRecord = Readonly<Partial<Record<Suite, Date>>>;

const schema = z.partialRecord(z.enum(SUITES), z.iso.datetime());

/**
 * Reads what was seen before.
 *
 * @throws NetbootError `ERR_NETBOOT_STORE_DAMAGED`: forgetting it would open the door to a replay
 */
export async function readFreshness(layout: StoreLayout): Promise<FreshnessRecord> {
  const text = await readChecked(layout.freshness);
  if (text === undefined) return {};
  const record: Partial<Record<Suite, Date>> = {};
  for (const [suite, date] of Object.entries(parseRecord(text, layout.freshness))) {
    record[suite as Suite] = new Date(date);
  }
  return record;
}

/** Remembers accepted releases; the dates of other suites stay. */
export async function writeFreshness(
  layout: StoreLayout,
  before: FreshnessRecord,
  accepted: FreshnessRecord,
): Promise<void> {
  const text = JSON.stringify({ ...before, ...accepted }, undefined, 2);
  await replaceChecked(layout.freshness, `${text}\n`, layout.temporary);
}

/**
 * The record as far as generations tell it, for a store whose own is damaged: each names the date of
 * the InRelease that vouches for its images.
 */
export function freshnessOf(generations: readonly Generation[]): FreshnessRecord {
  const record: Partial<Record<Suite, Date>> = {};
  for (const { suite, releaseDate } of generations.flatMap(({ manifest }) => manifest.targets)) {
    if (releaseDate === undefined) continue;
    const date = new Date(releaseDate);
    const known = record[suite];
    if (known === undefined || known < date) record[suite] = date;
  }
  return record;
}

function parseRecord(text: string, path: string): Partial<Record<Suite, string>> {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new NetbootError('ERR_NETBOOT_STORE_DAMAGED', `${path} is damaged`, {
      hint: 'remove it if you are sure that the mirror is current, and sync again',
      cause,
    });
  }
}
