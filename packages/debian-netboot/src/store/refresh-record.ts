import * as v from 'valibot';

import { readRecord } from '../files/checked-file.js';
import { replaceFile } from '../files/durable-file.js';
import { isoTime } from '../files/record-schemas.js';
import { type StoreLayout } from './layout.js';

/** Times of the last and the next sync. */
export interface RefreshRecord {
  /** End of the last sync. */
  readonly checkedAt?: Date;
  /**
   * Result of the last sync:
   *
   * - `complete`: every requested image is up to date with the source
   * - `partial`: some images were carried over or are missing
   * - `failed`: no image could be refreshed
   */
  readonly outcome?: 'complete' | 'partial' | 'failed';
  /** Time when a daemon will sync next. */
  readonly nextCheckAt?: Date;
}

const time = v.pipe(
  isoTime,
  v.transform((text) => new Date(text)),
);
const schema = v.object({
  checkedAt: v.exactOptional(time),
  outcome: v.exactOptional(v.picklist(['complete', 'partial', 'failed'])),
  nextCheckAt: v.exactOptional(time),
});

/** Reads the record. A missing or damaged one counts as empty: no trust depends on it. */
export async function readRefresh(layout: StoreLayout): Promise<RefreshRecord> {
  const text = (await readRecord(layout.refresh))?.toString('utf8');
  if (text === undefined) {
    return {};
  }
  try {
    return v.parse(schema, JSON.parse(text));
  } catch {
    return {};
  }
}

/** Replaces the given fields of the record. */
export async function writeRefresh(layout: StoreLayout, changes: RefreshRecord): Promise<void> {
  const record = { ...(await readRefresh(layout)), ...changes };
  await replaceFile(layout.refresh, `${JSON.stringify(record)}\n`, layout.temporary);
}
