import { createHash } from 'node:crypto';
import { type ListedFile, type ReleaseFile } from '../archive/release-file.js';
import { type Suite } from '../catalog/suite.js';
import { NetbootError } from '../errors.js';
import { compressionOf, decompress } from '../formats/decompress.js';
import { type StoredFile } from '../store/manifest.js';
import { type SyncContext } from './sync-context.js';

/** No index of Debian is larger than about 60 MB. */
const MAX_INDEX_BYTES = 512 * 1024 * 1024;
const MAX_INDEX_RATIO = 100;

/** An index file's listings in a Release: itself and its compressed forms, smallest first. */
export function indexChoices(release: ReleaseFile, path: string): readonly ListedFile[] {
  return [`${path}.xz`, `${path}.gz`, path]
    .map((choice) => release.files.get(choice))
    .filter((file) => file !== undefined);
}

/** Gets an index file into the store, in whichever compression the source has it. */
export async function storeIndex(
  { update, session }: SyncContext,
  suite: Suite,
  choices: readonly ListedFile[],
): Promise<{ readonly file: ListedFile; readonly stored: StoredFile }> {
  for (const file of choices) {
    const stored = await update.find(file.sha256);
    if (stored?.size === file.size) return { file, stored };
  }
  const { file, content } = await session.index(suite, choices);
  const stored = await update.add(content, {
    label: `${suite} ${file.path}`,
    sha256: file.sha256,
    size: file.size,
    maxSize: file.size,
  });
  return { file, stored };
}

/** The text of an index file, decompressed. */
export function indexText(
  file: ListedFile,
  content: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  return decompress(content, compressionOf(file.path), {
    maxBytes: MAX_INDEX_BYTES,
    maxRatio: MAX_INDEX_RATIO,
  });
}

/**
 * Passes a file on while checking it. What was made of the bytes must not be used before the end:
 * only then is it known that they are the signed ones.
 *
 * @throws NetbootError `ERR_NETBOOT_SIZE_MISMATCH` or `ERR_NETBOOT_HASH_MISMATCH`, at the end
 */
export async function* checked(
  suite: Suite,
  file: ListedFile,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of content) {
    size += piece.length;
    if (size > file.size) break;
    hash.update(piece);
    yield piece;
  }
  if (size !== file.size) {
    throw new NetbootError(
      'ERR_NETBOOT_SIZE_MISMATCH',
      `${suite} ${file.path} has not the ${file.size} bytes that are signed`,
      { hint: 'try again, then try another mirror' },
    );
  }
  if (hash.digest('hex') !== file.sha256) {
    throw new NetbootError(
      'ERR_NETBOOT_HASH_MISMATCH',
      `${suite} ${file.path} has not the signed SHA-256`,
      { hint: 'try again, then try another mirror' },
    );
  }
}
