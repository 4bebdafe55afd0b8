import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

import { NetbootError } from '../errors.js';
import { withIoErrors } from '../files/io-error.js';
import { openFileContent } from '../files/read-file.js';
import { readTar } from '../formats/tar.js';
import { directorySource } from '../source/directory/directory-source.js';
import { syncFrom, type SyncOptions, type SyncResult } from '../sync/sync-images.js';
import {
  BUNDLE_INDEX_NAME,
  type BundleIndex,
  MAX_BUNDLE_INDEX_BYTES,
  parseBundleIndex,
} from './bundle-format.js';

/** Options of an import. */
export interface ImportOptions extends Omit<SyncOptions, 'source' | 'images' | 'whenMissing'> {
  /** Path of the bundle file. */
  readonly path: string;
}

/**
 * Imports a bundle into a store as a new generation. The bundle is not trusted: its files are
 * verified with the archive's signatures in it, exactly as if they came from a mirror. Extra entries are imported
 * if `entries` selects them: their files by the selected hashes, or from this host.
 *
 * @throws {@link NetbootError} for every failure, normally without a new generation; the signal's reason when
 *   aborted
 */
export async function importBundle({ path, ...options }: ImportOptions): Promise<SyncResult> {
  const { images } = await readBundleIndex(path);
  const imported: SyncOptions = {
    ...options,
    source: directorySource(path),
    images,
    // A complete bundle contains everything that its index lists.
    whenMissing: 'fail',
  };
  return syncFrom(imported, 'source');
}

/**
 * Reads a bundle's index without verifying anything.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_MALFORMED_ARCHIVE` if the file is not a bundle,
 *   `ERR_NETBOOT_BUNDLE_TOO_NEW` if a newer version of this package wrote it
 */
export async function readBundleIndex(path: string): Promise<BundleIndex> {
  const text = await withIoErrors(path, () => readIndexText(path));
  return parseBundleIndex(text);
}

/** Maximum number of bytes before the content of a bundle's first file: its headers. */
const MAX_HEADER_BYTES = 64 * 1024;

/**
 * Returns the text of a bundle's index, which is its first file. Nothing after it is read: a sparse file can
 * have terabytes of zeros.
 */
async function readIndexText(path: string): Promise<string> {
  // Without O_NONBLOCK, opening a pipe would wait for someone to write to it.
  const bundle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await bundle.stat();
    if (!found.isFile() && !found.isDirectory()) {
      throw notBundle(path, new Error('it is not a regular file'));
    }
    return await indexTextIn(bundle, path);
  } finally {
    await bundle.close();
  }
}

async function indexTextIn(bundle: FileHandle, path: string): Promise<string> {
  const front = { start: 0, size: MAX_HEADER_BYTES + MAX_BUNDLE_INDEX_BYTES };
  const limits = {
    maxEntries: 1,
    maxFileBytes: MAX_BUNDLE_INDEX_BYTES,
    maxTotalBytes: MAX_BUNDLE_INDEX_BYTES,
  };
  let cause: unknown;
  try {
    for await (const file of readTar(openFileContent(bundle, front), limits)) {
      if (file.path !== BUNDLE_INDEX_NAME) {
        break;
      }
      const pieces: Uint8Array[] = [];
      for await (const piece of file.content) {
        pieces.push(piece);
      }
      return Buffer.concat(pieces).toString('utf8');
    }
  } catch (error) {
    if (!(error instanceof NetbootError) || error.code !== 'ERR_NETBOOT_MALFORMED_ARCHIVE') {
      throw error;
    }
    // The file may not be a bundle at all; that error's hint, to download it again, would then not help.
    cause = error;
  }
  throw notBundle(path, cause);
}

function notBundle(path: string, cause: unknown): NetbootError {
  return new NetbootError('ERR_NETBOOT_MALFORMED_ARCHIVE', `${path} is not a bundle`, {
    hint: 'make one with exportBundle',
    cause,
  });
}
