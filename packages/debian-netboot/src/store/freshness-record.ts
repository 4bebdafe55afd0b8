import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { SUITES, type Suite } from '../catalog/suite.js';
import { NetbootError } from '../errors.js';
import { replaceFile } from './durable-file.js';
import { isNotFound } from './io-error.js';
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
  let text: string;
  try {
    text = await readFile(layout.freshness, 'utf8');
  } catch (error) {
    if (isNotFound(error)) return {};
    throw error;
  }
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
  await replaceFile(layout.freshness, `${text}\n`, layout.temporary);
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
