import { NetbootError } from '../errors.js';
import { withIoErrors } from '../files/io-error.js';
import { fileContent } from '../files/read-file.js';
import { readTar } from '../formats/tar.js';
import { directorySource } from '../source/directory/directory-source.js';
import { syncImages, type SyncOptions, type SyncResult } from '../sync/sync-images.js';
import {
  BUNDLE_INDEX_NAME,
  type BundleIndex,
  MAX_BUNDLE_INDEX_BYTES,
  parseBundleIndex,
} from './bundle-format.js';

/** Which bundle to bring into which store. */
export interface ImportOptions extends Omit<SyncOptions, 'source' | 'images' | 'whenMissing'> {
  /** The bundle's file. */
  readonly path: string;
}

/**
 * Brings a bundle into a store, as a new generation. The bundle is not trusted: its files are checked
 * against the archive's signatures that it holds, exactly as if they came from a mirror.
 *
 * @throws NetbootError for every failure; the store then holds what it held before
 */
export async function importBundle({ path, ...options }: ImportOptions): Promise<SyncResult> {
  const { images } = await readBundleIndex(path);
  return syncImages({
    ...options,
    source: directorySource(path),
    images,
    // What is in a bundle can be had from it: one that lacks something is not what was made.
    whenMissing: 'fail',
  });
}

/**
 * Reads what a bundle says is in it; nothing is checked.
 *
 * @throws NetbootError `ERR_NETBOOT_MALFORMED_ARCHIVE` if the file is no bundle
 */
export function readBundleIndex(path: string): Promise<BundleIndex> {
  return withIoErrors(path, async () => {
    const limits = {
      maxEntries: 1,
      maxFileBytes: MAX_BUNDLE_INDEX_BYTES,
      maxTotalBytes: MAX_BUNDLE_INDEX_BYTES,
    };
    for await (const file of readTar(fileContent(path), limits)) {
      if (file.path !== BUNDLE_INDEX_NAME) {
        break;
      }
      const pieces: Uint8Array[] = [];
      for await (const piece of file.content) {
        pieces.push(piece);
      }
      return parseBundleIndex(Buffer.concat(pieces).toString('utf8'));
    }
    throw new NetbootError('ERR_NETBOOT_MALFORMED_ARCHIVE', `${path} is no bundle`, {
      hint: 'make one with exportBundle',
    });
  });
}
