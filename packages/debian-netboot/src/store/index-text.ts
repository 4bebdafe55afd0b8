import { createHash } from 'node:crypto';

import { NetbootError } from '../errors.js';
import { compressionOf, decompress, type DecompressionLimits } from '../formats/decompress.js';
import { type IndexEvidence } from './evidence.js';
import { type StoredFile } from './manifest.js';

/** No index of Debian is larger than about 60 MB. */
export const MAX_INDEX_BYTES: number = 512 * 1024 * 1024;
const INDEX_LIMITS: DecompressionLimits = { maxBytes: MAX_INDEX_BYTES, maxRatio: 100 };

/**
 * The text of an index in the store.
 *
 * @param content - the stored bytes
 */
export function indexText(
  content: AsyncIterable<Uint8Array>,
  { path, listed, file }: IndexEvidence,
): AsyncIterable<Uint8Array> {
  const asListed =
    file.sha256 === listed.sha256
      ? content
      : checkedContent(path, listed, decompress(content, 'gzip', INDEX_LIMITS));
  return unpackedIndex(path, asListed);
}

/**
 * The text of an index as the archive has it.
 *
 * @param path - tells by its ending how the content is compressed
 */
export function unpackedIndex(
  path: string,
  content: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  return decompress(content, compressionOf(path), INDEX_LIMITS);
}

/**
 * Passes content on while checking it. What was made of the bytes must not be used before the end:
 * only then is it known that they are the signed ones.
 *
 * @throws NetbootError `ERR_NETBOOT_SIZE_MISMATCH` or `ERR_NETBOOT_HASH_MISMATCH`
 */
export async function* checkedContent(
  label: string,
  listed: StoredFile,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of content) {
    size += piece.length;
    if (size > listed.size) {
      break;
    }
    hash.update(piece);
    yield piece;
  }
  if (size !== listed.size) {
    throw new NetbootError(
      'ERR_NETBOOT_SIZE_MISMATCH',
      `${label} has not the ${listed.size} bytes that are signed`,
      { hint: 'try again, then try another mirror' },
    );
  }
  if (hash.digest('hex') !== listed.sha256) {
    throw new NetbootError('ERR_NETBOOT_HASH_MISMATCH', `${label} has not the signed SHA-256`, {
      hint: 'try again, then try another mirror',
    });
  }
}
