import { createHash, type Hash, randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { NetbootError } from '../errors.js';
import { FILE_MODE, syncDirectory } from '../files/durable-file.js';
import { describeIoError, isExisting, isNotFound, withIoErrors } from '../files/io-error.js';
import { SequentialWriter } from '../files/sequential-writer.js';
import { blobFolder, blobPath, type StoreLayout } from './layout.js';
import { type StoredFile } from './manifest.js';
import { makeDirectory } from './store-directory.js';

/** Content of a file, in pieces of any size. */
export type BlobContent = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Properties of a file that are known before its bytes arrive. */
export interface ExpectedBlob {
  /** Name of the file in errors and progress events, such as `trixie InRelease`. */
  readonly label: string;
  /**
   * Expected SHA-256 of the content; absent if it is not known in advance, as with an InRelease, unsigned
   * files and parts of a verified package.
   */
  readonly sha256?: string | undefined;
  /** Exact size in bytes, if known. */
  readonly size?: number | undefined;
  /** Maximum number of bytes to accept if the size is unknown. */
  readonly maxSize: number;
}

/** Options for receiving a file. */
export interface BlobArrival {
  /**
   * Number of bytes omitted at the start, because `partialLength` reported that they are already present.
   *
   * @default 0
   */
  readonly offset?: number;
  /** Called with the number of bytes received so far, including the omitted ones. */
  readonly onReceived?: (bytes: number) => void;
}

/**
 * Adds a file to the store. It is published only once its content matches the expected hash and is synced to
 * disk. If the transfer of a file with a known hash is interrupted, its bytes are kept so that a later call
 * can resume.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_HASH_MISMATCH`, `ERR_NETBOOT_SIZE_MISMATCH`,
 *   `ERR_NETBOOT_NO_SPACE`; errors from `content` are passed on unchanged; the signal's reason when aborted
 */
export async function writeBlob(
  layout: StoreLayout,
  content: BlobContent,
  expected: ExpectedBlob,
  signal: AbortSignal,
  arrival: BlobArrival = {},
): Promise<StoredFile> {
  const { sha256 } = expected;
  const draft =
    sha256 === undefined ? join(layout.temporary, randomUUID()) : join(layout.partial, sha256);
  try {
    const stored = await writeDraft(draft, content, expected, signal, arrival);
    await publish(layout, draft, stored);
    return stored;
  } catch (error) {
    const isWrong =
      error instanceof NetbootError &&
      (error.code === 'ERR_NETBOOT_HASH_MISMATCH' || error.code === 'ERR_NETBOOT_SIZE_MISMATCH');
    // A file that cannot be removed now is left for the next writer.
    if (isWrong || sha256 === undefined) {
      await rm(draft, { force: true }).catch(() => undefined);
    }
    throw error;
  }
}

/** Returns the stored file with a hash, without verifying it; `undefined` if there is none. */
export async function findBlob(
  layout: StoreLayout,
  sha256: string,
): Promise<StoredFile | undefined> {
  const found = await findFile(blobPath(layout, sha256));
  return found && { sha256, size: found.size };
}

/** Returns the size of a partial file in bytes; 0 if there is none. */
export async function partialLength(layout: StoreLayout, sha256: string): Promise<number> {
  const found = await findFile(join(layout.partial, sha256));
  // A hard link may share its content with another file, which must not be changed.
  return found?.nlink === 1 ? found.size : 0;
}

/**
 * Publishes a partial file if it is complete: an earlier update may have ended before it could do so.
 *
 * @returns `undefined` if there is no such file, or it is incomplete
 */
export async function adoptPartial(
  layout: StoreLayout,
  sha256: string,
): Promise<StoredFile | undefined> {
  const draft = join(layout.partial, sha256);
  const size = await partialLength(layout, sha256);
  if (size === 0) {
    return undefined;
  }
  return withIoErrors(draft, async () => {
    const file = await open(draft, REOPENED);
    try {
      const hash = createHash('sha256');
      await hashFront(file, size, hash);
      if (hash.digest('hex') !== sha256) {
        return undefined;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await publish(layout, draft, { sha256, size });
    return { sha256, size };
  });
}

/** Returns the stats of a regular file; `undefined` if there is none. Symlinks are not followed. */
async function findFile(path: string): Promise<Stats | undefined> {
  try {
    const found = await lstat(path);
    return found.isFile() ? found : undefined;
  } catch (error) {
    if (isNotFound(error)) {
      return undefined;
    }
    throw describeIoError(error, path);
  }
}

async function writeDraft(
  draft: string,
  content: BlobContent,
  expected: ExpectedBlob,
  signal: AbortSignal,
  { offset = 0, onReceived = () => undefined }: BlobArrival,
): Promise<StoredFile> {
  const file = await withIoErrors(draft, () => openDraft(draft, offset));
  try {
    const hash = createHash('sha256');
    if (offset > 0) {
      await withIoErrors(draft, () => hashFront(file, offset, hash));
    }
    const limit = expected.size ?? expected.maxSize;
    let size = offset;
    onReceived(size);
    const writer = new SequentialWriter(file, draft, offset);
    try {
      for await (const piece of content) {
        signal.throwIfAborted();
        if (size + piece.length > limit) {
          throw wrongSize(expected, `more than ${limit}`);
        }
        hash.update(piece);
        await writer.append(piece);
        size += piece.length;
        onReceived(size);
      }
    } finally {
      // Keep the bytes that arrived before an interruption.
      await writer.finish();
    }
    signal.throwIfAborted();
    checkSize(expected, size);
    const sha256 = checkHash(expected, hash);
    await withIoErrors(draft, () => file.sync());
    return { sha256, size };
  } finally {
    await withIoErrors(draft, () => file.close());
  }
}

/** Flags for reopening an existing file, never through a symlink. */
const REOPENED = constants.O_RDWR | constants.O_NOFOLLOW;

async function openDraft(draft: string, offset: number): Promise<FileHandle> {
  if (offset > 0) {
    return open(draft, REOPENED);
  }
  try {
    return await open(draft, 'wx', FILE_MODE);
  } catch (error) {
    if (!isExisting(error)) {
      throw error;
    }
    // An existing entry may be a link to another file: replace it instead of writing to it.
    await rm(draft, { recursive: true, force: true });
    return open(draft, 'wx', FILE_MODE);
  }
}

/** Truncates a partial file to a length in bytes, and hashes what remains of it. */
async function hashFront(file: FileHandle, length: number, hash: Hash): Promise<void> {
  await file.truncate(length);
  const front = file.createReadStream({ start: 0, end: length - 1, autoClose: false });
  for await (const piece of front) {
    hash.update(piece as Buffer);
  }
}

/**
 * Publishes a file under its hash. Its directory entry is synced later, once for all files, before
 * a generation refers to them ({@link syncBlobNames}).
 */
async function publish(layout: StoreLayout, draft: string, stored: StoredFile): Promise<void> {
  const path = blobPath(layout, stored.sha256);
  await withIoErrors(path, async () => {
    await makeDirectory(dirname(path));
    await rename(draft, path);
  });
}

/** Syncs the directory entries of blobs to disk, so that they survive a power failure. */
export async function syncBlobNames(
  layout: StoreLayout,
  files: readonly StoredFile[],
): Promise<void> {
  const folders = new Set(files.map(({ sha256 }) => blobFolder(layout, sha256)));
  await Promise.all([...folders, layout.blobs].map(syncDirectory));
}

function checkSize(expected: ExpectedBlob, size: number): void {
  if (expected.size !== undefined && size !== expected.size) {
    throw wrongSize(expected, String(size));
  }
}

function checkHash(expected: ExpectedBlob, hash: Hash): string {
  const sha256 = hash.digest('hex');
  if (expected.sha256 === undefined || sha256 === expected.sha256) {
    return sha256;
  }
  throw new NetbootError(
    'ERR_NETBOOT_HASH_MISMATCH',
    `${expected.label}: expected SHA-256 ${expected.sha256}, got ${sha256}`,
    { hint: 'try again, then use another mirror; the file was damaged or changed in transit' },
  );
}

function wrongSize(expected: ExpectedBlob, got: string): NetbootError {
  const wanted = expected.size ?? `at most ${expected.maxSize}`;
  return new NetbootError(
    'ERR_NETBOOT_SIZE_MISMATCH',
    `${expected.label}: expected ${wanted} bytes, got ${got}`,
    { hint: 'try again, then use another mirror; the file was truncated or changed in transit' },
  );
}
