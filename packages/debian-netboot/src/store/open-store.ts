import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';

import { NetbootError } from '../errors.js';
import { isNotFound, withIoErrors } from '../files/io-error.js';
import { LEASE_TIMING } from '../files/lease.js';
import { DirectoryStore } from './directory-store.js';
import { readGenerations } from './generation-files.js';
import { type ImageStore, type StoreOptions } from './image-store.js';
import { storeLayout, type StoreLayout } from './layout.js';
import {
  expectOwnStore,
  expectStoreOrEmpty,
  makeDirectory,
  makePrivateDirectory,
} from './store-directory.js';
import { checkFormat } from './store-format.js';

/**
 * Opens a store, which is created if it is opened for writing and does not exist.
 *
 * @throws NetbootError `ERR_NETBOOT_NO_STORE` if it is opened for reading and does not exist,
 *   `ERR_NETBOOT_NOT_A_STORE` if it is opened for writing and the directory is neither a store nor
 *   empty, `ERR_NETBOOT_STORE_HAS_LINKS`, `ERR_NETBOOT_STORE_NOT_OWNED`,
 *   `ERR_NETBOOT_STORE_TOO_NEW`, `ERR_NETBOOT_STORE_DAMAGED`, `ERR_NETBOOT_NO_PERMISSION`,
 *   `ERR_NETBOOT_NO_SPACE`
 */
export async function openStore(
  directory: string,
  options: StoreOptions = {},
): Promise<ImageStore> {
  const layout = storeLayout(resolve(directory));
  const readOnly = options.readOnly ?? false;
  const { leaseTiming = LEASE_TIMING, onEvent = () => undefined } = options;
  await withIoErrors(layout.root, async () => {
    if (readOnly) {
      await expectDirectory(layout.root);
    } else {
      await expectOwnStore(layout);
      if ((await readGenerations(layout)).length === 0) {
        await expectStoreOrEmpty(layout);
      }
      await makePrivateDirectory(layout.temporary);
    }
    await checkFormat(layout, readOnly, onEvent);
    if (!readOnly) {
      await createLayout(layout);
    }
  });
  return new DirectoryStore(layout, readOnly, leaseTiming, onEvent);
}

async function expectDirectory(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    if (isNotFound(error)) {
      return undefined;
    }
    throw error;
  });
  if (found?.isDirectory() === true) {
    return;
  }
  throw new NetbootError('ERR_NETBOOT_NO_STORE', `there is no store at ${path}`, {
    hint: 'sync first, or check the path',
  });
}

async function createLayout(layout: StoreLayout): Promise<void> {
  const { blobs, generations, partial, work } = layout;
  await Promise.all([
    ...[blobs, generations, work].map(makeDirectory),
    makePrivateDirectory(partial),
  ]);
}
