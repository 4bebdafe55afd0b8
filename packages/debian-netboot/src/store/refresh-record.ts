import { z } from 'zod';

import { readRecord } from '../files/checked-file.js';
import { replaceFile } from '../files/durable-file.js';
import { type StoreLayout } from './layout.js';

/** When a source was asked last, and when it will be asked next. */
export interface RefreshRecord {
  /** End of the last sync. */
  readonly checkedAt?: Date;
  /**
   * - `complete`: every image that was asked for is as the source has it
   * - `partial`: some images are kept from before, or missing
   * - `failed`: nothing could be refreshed
   */
  readonly outcome?: 'complete' | 'partial' | 'failed';
  /** When a daemon will ask again. */
  readonly nextCheckAt?: Date;
}

const time = z.iso.datetime().transform((text) => new Date(text));
const schema = z.object({
  checkedAt: time.exactOptional(),
  outcome: z.enum(['complete', 'partial', 'failed']).exactOptional(),
  nextCheckAt: time.exactOptional(),
});

/** Reads the record; one that is missing or damaged says nothing, and nothing is trusted for it. */
export async function readRefresh(layout: StoreLayout): Promise<RefreshRecord> {
  const text = (await readRecord(layout.refresh))?.toString('utf8');
  if (text === undefined) {
    return {};
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

/** Replaces those fields of the record that are given. */
export async function writeRefresh(layout: StoreLayout, changes: RefreshRecord): Promise<void> {
  const record = { ...(await readRefresh(layout)), ...changes };
  await replaceFile(layout.refresh, `${JSON.stringify(record)}\n`, layout.temporary);
}
