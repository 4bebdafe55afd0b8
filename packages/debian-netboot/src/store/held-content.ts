import { readFile, rm } from 'node:fs/promises';
import { replaceFile, syncDirectory } from './durable-file.js';
import { isNotFound } from './io-error.js';
import { type StoreLayout } from './layout.js';

/**
 * The content (as a hash) that a rollback turned its back on: a sync that finds nothing newer must
 * not bring it back. `undefined` if there is none.
 */
export async function readHeld(layout: StoreLayout): Promise<string | undefined> {
  try {
    return (await readFile(layout.held, 'utf8')).trim();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Remembers the content that a rollback turns its back on. */
export function writeHeld(layout: StoreLayout, contentHash: string): Promise<void> {
  return replaceFile(layout.held, `${contentHash}\n`, layout.temporary);
}

/** Forgets it: something newer has been taken, or was asked for. */
export async function clearHeld(layout: StoreLayout): Promise<void> {
  await rm(layout.held, { force: true });
  await syncDirectory(layout.root);
}
