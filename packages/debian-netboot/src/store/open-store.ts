import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { NetbootError } from '../errors.js';
import { readRecord } from './checked-file.js';
import { replaceFile } from './durable-file.js';
import { DirectoryStore } from './directory-store.js';
import { type ImageStore, type StoreOptions } from './image-store.js';
import { isNotFound, withIoErrors } from './io-error.js';
import { storeLayout, type StoreLayout } from './layout.js';
import { expectStoreOrEmpty, makeDirectory, refuseLinks } from './store-directory.js';
import { LEASE_TIMING } from './lease.js';

/** The layout's version: a store of a later version is not touched. */
const FORMAT = 1;

/**
 * Opens a store. One that is opened for writing is made if it does not exist yet.
 *
 * @throws NetbootError `ERR_NETBOOT_NO_STORE` when it is opened for reading and does not exist,
 *   `ERR_NETBOOT_NOT_A_STORE` when it is opened for writing and is neither a store nor empty,
 *   `ERR_NETBOOT_STORE_HAS_LINKS`, `ERR_NETBOOT_STORE_TOO_NEW`, `ERR_NETBOOT_NO_PERMISSION`,
 *   `ERR_NETBOOT_NO_SPACE`
 */
export async function openStore(
  directory: string,
  options: StoreOptions = {},
): Promise<ImageStore> {
  const layout = storeLayout(resolve(directory));
  const readOnly = options.readOnly ?? false;
  await withIoErrors(layout.root, async () => {
    if (readOnly) await expectDirectory(layout.root);
    else {
      await refuseLinks(layout);
      await expectStoreOrEmpty(layout);
      await makeDirectory(layout.temporary);
    }
    await checkFormat(layout, readOnly);
    if (!readOnly) await createLayout(layout);
  });
  const { leaseTiming = LEASE_TIMING, onEvent = () => undefined } = options;
  return new DirectoryStore(layout, readOnly, leaseTiming, onEvent);
}

async function expectDirectory(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  if (found?.isDirectory() === true) return;
  throw new NetbootError('ERR_NETBOOT_NO_STORE', `there is no store at ${path}`, {
    hint: 'sync first, or check the path',
  });
}

async function createLayout(layout: StoreLayout): Promise<void> {
  const { blobs, generations, partial, work } = layout;
  await Promise.all([blobs, generations, partial, work].map(makeDirectory));
}

async function checkFormat(layout: StoreLayout, readOnly: boolean): Promise<void> {
  const text = (await readRecord(layout.format))?.toString('latin1');
  if (text === undefined) {
    if (!readOnly) await replaceFile(layout.format, `${FORMAT}\n`, layout.temporary);
    return;
  }
  const format = Number(text.trim());
  if (format === FORMAT) return;
  const shown = JSON.stringify(text.trim().slice(0, 40));
  if (Number.isInteger(format) && format > FORMAT) {
    throw new NetbootError(
      'ERR_NETBOOT_STORE_TOO_NEW',
      `${layout.format}: expected layout ${FORMAT}, got ${shown}`,
      { hint: 'use the version that made the store, or another directory' },
    );
  }
  throw new NetbootError(
    'ERR_NETBOOT_STORE_DAMAGED',
    `${layout.format}: expected layout ${FORMAT}, got ${shown}`,
    { hint: `write ${FORMAT} into the file: everything else in the store is kept` },
  );
}
