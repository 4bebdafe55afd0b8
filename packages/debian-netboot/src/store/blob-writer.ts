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

/** A file's bytes, in pieces of any size. */
export type BlobContent = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** What is known about a file before its bytes have arrived. */
export interface ExpectedBlob {
  /** What to call the file in errors: its path in the archive. */
  readonly label: string;
  /** The hash that the archive's signature vouches for; absent for parts of a verified file. */
  readonly sha256?: string | undefined;
  /** The exact length, where it is known. */
  readonly size?: number | undefined;
  /** The most bytes to take where the length is not known. */
  readonly maxSize: number;
}

/** How a file arrives. */
export interface BlobArrival {
  /**
   * How many bytes of the file are left out at the front, since `partialLength` said that the
   * store has them already.
   *
   * @default 0
   */
  readonly offset?: number;
  /** Is told the number of bytes so far, those left out included. */
  readonly onReceived?: (bytes: number) => void;
}

/**
 * Takes a file into the store: only when all its bytes have the expected hash, and are safely on the
 * disk, does it get its name. A file whose hash is known and that breaks off is kept as a partial
 * one, to go on with.
 *
 * @throws NetbootError `ERR_NETBOOT_HASH_MISMATCH`, `ERR_NETBOOT_SIZE_MISMATCH`,
 *   `ERR_NETBOOT_NO_SPACE`; failures of `content` pass unchanged
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
    // What cannot be removed now is left for the next writer.
    if (isWrong || sha256 === undefined) {
      await rm(draft, { force: true }).catch(() => undefined);
    }
    throw error;
  }
}

/** The stored file of this hash, if there is one. */
export async function findBlob(
  layout: StoreLayout,
  sha256: string,
): Promise<StoredFile | undefined> {
  const found = await findFile(blobPath(layout, sha256));
  return found && { sha256, size: found.size };
}

/** How many bytes of a file an earlier, broken-off arrival has left; 0 for none. */
export async function partialLength(layout: StoreLayout, sha256: string): Promise<number> {
  const found = await findFile(join(layout.partial, sha256));
  // A hard link to a file that is not the store's must not be written to.
  return found?.nlink === 1 ? found.size : 0;
}

/**
 * Gives a file its name that arrived whole when an earlier update was cut off before it could.
 *
 * @returns `undefined` if there is no such file, or it is not whole
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

/** A file; links are none: what they lead to is not the store's. */
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
      // What has come of a file that breaks off is kept, too.
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

/** How a file is opened that was there before: never through a symbolic link. */
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
    // Whatever is there may be a link to a file that is not the store's: it is replaced, not written.
    await rm(draft, { recursive: true, force: true });
    return open(draft, 'wx', FILE_MODE);
  }
}

/** Hashes what a broken-off arrival has left, and cuts off anything behind it. */
async function hashFront(file: FileHandle, length: number, hash: Hash): Promise<void> {
  await file.truncate(length);
  const front = file.createReadStream({ start: 0, end: length - 1, autoClose: false });
  for await (const piece of front) {
    hash.update(piece as Buffer);
  }
}

/**
 * Gives a file its name. That the name is on the disk too is made sure of once for all files, before
 * a generation refers to them ({@link syncBlobNames}).
 */
async function publish(layout: StoreLayout, draft: string, stored: StoredFile): Promise<void> {
  const path = blobPath(layout, stored.sha256);
  await withIoErrors(path, async () => {
    await makeDirectory(dirname(path));
    await rename(draft, path);
  });
}

/** Has the names of blobs on the disk: from then on they survive a power failure. */
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
    `${expected.label} has SHA-256 ${sha256}, signed is ${expected.sha256}`,
    { hint: 'the file was damaged or changed on its way: try again, then try another mirror' },
  );
}

function wrongSize(expected: ExpectedBlob, got: string): NetbootError {
  const wanted = expected.size ?? `at most ${expected.maxSize}`;
  return new NetbootError(
    'ERR_NETBOOT_SIZE_MISMATCH',
    `${expected.label} has ${got} bytes, expected ${wanted}`,
    { hint: 'the file was cut short or changed on its way: try again, then try another mirror' },
  );
}
