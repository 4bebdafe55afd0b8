import { rm } from 'node:fs/promises';

import { checksumPath, readChecked, replaceChecked } from '../files/checked-file.js';
import { syncDirectory } from '../files/durable-file.js';
import { type StoreLayout } from './layout.js';

/**
 * Returns the hash of the images that a rollback rejected; `undefined` if there is none. A sync must not
 * bring them back.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_STORE_DAMAGED` if the record is damaged
 */
export async function readRejected(layout: StoreLayout): Promise<string | undefined> {
  return (await readChecked(layout.rejected))?.trim();
}

/** Records the hash of the images that a rollback rejects. */
export function writeRejected(layout: StoreLayout, imagesHash: string): Promise<void> {
  return replaceChecked(layout.rejected, `${imagesHash}\n`, layout.temporary);
}

/** Removes the record, once newer content was committed or a newer generation was chosen. */
export async function clearRejected(layout: StoreLayout): Promise<void> {
  await rm(layout.rejected, { force: true });
  await rm(checksumPath(layout.rejected), { force: true });
  await syncDirectory(layout.root);
}
