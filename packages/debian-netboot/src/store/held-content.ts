import { rm } from 'node:fs/promises';

import { checksumPath, readChecked, replaceChecked } from '../files/checked-file.js';
import { syncDirectory } from '../files/durable-file.js';
import { type StoreLayout } from './layout.js';

/**
 * The content (as a hash) that a rollback turned its back on: a sync that finds nothing newer must
 * not bring it back. `undefined` if there is none.
 *
 * @throws NetbootError `ERR_NETBOOT_STORE_DAMAGED`
 */
export async function readHeld(layout: StoreLayout): Promise<string | undefined> {
  return (await readChecked(layout.held))?.trim();
}

/** Remembers the content that a rollback turns its back on. */
export function writeHeld(layout: StoreLayout, contentHash: string): Promise<void> {
  return replaceChecked(layout.held, `${contentHash}\n`, layout.temporary);
}

/** Forgets it: something newer has been taken, or was asked for. */
export async function clearHeld(layout: StoreLayout): Promise<void> {
  await rm(layout.held, { force: true });
  await rm(checksumPath(layout.held), { force: true });
  await syncDirectory(layout.root);
}
