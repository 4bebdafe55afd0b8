import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';

import { NetbootError } from '../errors.js';
import { isNotFound, withIoErrors } from '../files/io-error.js';
import { LEASE_TIMING } from '../files/lease-timing.js';
import { DirectoryStore } from './directory-store.js';
import { newestGeneration } from './generation-files.js';
import { type ImageStore, type StoreOptions } from './image-store.js';
import { storeLayout, type StoreLayout } from './layout.js';
import {
  expectOwnStore,
  expectStoreOrEmpty,
  foreignName,
  makeDirectory,
  makePrivateDirectory,
  type NameTest,
} from './store-directory.js';
import { checkFormat } from './store-format.js';

/**
 * Opens a store. If it is opened for writing and does not exist, it is created.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_NO_STORE` if it is opened for reading, and the directory does not
 *   exist or is neither a store nor empty; `ERR_NETBOOT_NOT_A_STORE` if it is opened for writing, and the
 *   directory is neither a store nor empty; `ERR_NETBOOT_STORE_HAS_LINKS`, `ERR_NETBOOT_STORE_NOT_OWNED`,
 *   `ERR_NETBOOT_STORE_TOO_NEW`, `ERR_NETBOOT_STORE_DAMAGED`, `ERR_NETBOOT_NO_PERMISSION`,
 *   `ERR_NETBOOT_NO_SPACE`
 */
export async function openStore(
  directory: string,
  options: StoreOptions = {},
): Promise<ImageStore> {
  const layout = storeLayout(resolve(directory));
  const readOnly = options.readOnly ?? false;
  const {
    isOtherFile = () => false,
    leaseTiming = LEASE_TIMING,
    onEvent = () => undefined,
  } = options;
  await withIoErrors(layout.root, async () => {
    if (readOnly) {
      await expectReadable(layout, isOtherFile);
    } else {
      await expectOwnStore(layout);
      if ((await newestGeneration(layout)) === undefined) {
        await expectStoreOrEmpty(layout, isOtherFile);
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

/** Refuses a path without a store. An empty directory counts as an empty store. */
async function expectReadable(layout: StoreLayout, isOther: NameTest): Promise<void> {
  const { root } = layout;
  if (!(await isDirectory(root))) {
    throw new NetbootError('ERR_NETBOOT_NO_STORE', `there is no store at ${root}`, {
      hint: 'sync first, or check the path',
    });
  }
  const isEmpty = (await newestGeneration(layout)) === undefined;
  const foreign = isEmpty ? await foreignName(layout, isOther) : undefined;
  if (foreign !== undefined) {
    throw new NetbootError(
      'ERR_NETBOOT_NO_STORE',
      `${root} is not an image store: it contains ${JSON.stringify(foreign)}`,
      { hint: 'check the path' },
    );
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isNotFound(error)) {
      return false;
    }
    throw error;
  }
}

async function createLayout(layout: StoreLayout): Promise<void> {
  const { blobs, generations, partial, work } = layout;
  await Promise.all([
    ...[blobs, generations, work].map(makeDirectory),
    makePrivateDirectory(partial),
  ]);
}
