import { createHash } from 'node:crypto';

import { NetbootError } from '../errors.js';
import { compressionOf, decompress, type DecompressionLimits } from '../formats/decompress.js';
import { type IndexEvidence } from './evidence.js';
import { type StoredFile } from './manifest.js';

/** Maximum size of an index in bytes; Debian's largest is about 60 MB. */
export const MAX_INDEX_BYTES: number = 512 * 1024 * 1024;
const INDEX_LIMITS: DecompressionLimits = { maxBytes: MAX_INDEX_BYTES, maxRatio: 100 };

/**
 * Returns the decompressed text of an index in the store.
 *
 * @param content - stored bytes of the index
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
 * Returns the text of an index, decompressed as the extension of its path requires.
 *
 * @param path - path of the index, whose extension determines the compression
 * @param maxBytes - maximum size of the text, in bytes
 */
export function unpackedIndex(
  path: string,
  content: AsyncIterable<Uint8Array>,
  maxBytes: number = MAX_INDEX_BYTES,
): AsyncIterable<Uint8Array> {
  const limits = { ...INDEX_LIMITS, maxBytes: Math.min(maxBytes, MAX_INDEX_BYTES) };
  return decompress(content, compressionOf(path), limits);
}

/**
 * Passes content on while verifying it. Callers must not use any results before the end: only then is the
 * content known to be the signed one.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_SIZE_MISMATCH` or `ERR_NETBOOT_HASH_MISMATCH`
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
      `${label}: expected ${listed.size} bytes, got ${size > listed.size ? 'more' : size}`,
      { hint: 'try again, then use another mirror' },
    );
  }
  const sha256 = hash.digest('hex');
  if (sha256 !== listed.sha256) {
    throw new NetbootError(
      'ERR_NETBOOT_HASH_MISMATCH',
      `${label}: expected SHA-256 ${listed.sha256}, got ${sha256}`,
      { hint: 'try again, then use another mirror' },
    );
  }
}
