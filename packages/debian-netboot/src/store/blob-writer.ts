import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NetbootError } from '../errors.js';
import { syncDirectory } from './durable-file.js';
import { withIoErrors } from './io-error.js';
import { blobPath, type StoreLayout } from './layout.js';
import { type StoredFile } from './manifest.js';

/** A file's bytes, in pieces of any size. */
export type BlobContent = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** What is known about a file before its bytes have arrived. */
export interface ExpectedBlob {
  /** What to call the file in errors: its path in the archive. */
  readonly label: string;
  /** The hash that the archive's signature vouches for; absent for parts of a verified file. */
  readonly sha256?: string;
  /** The exact length, where it is known. */
  readonly size?: number;
  /** The most bytes to take where the length is not known. */
  readonly maxSize: number;
}

/**
 * Takes a file into the store: only when its bytes have the expected hash, and are safely on the
 * disk, does it get its name.
 *
 * @param onReceived is told the number of bytes so far
 * @throws NetbootError `ERR_NETBOOT_HASH_MISMATCH`, `ERR_NETBOOT_SIZE_MISMATCH`,
 *   `ERR_NETBOOT_NO_SPACE`; failures of `content` pass unchanged
 */
export async function writeBlob(
  layout: StoreLayout,
  content: BlobContent,
  expected: ExpectedBlob,
  signal: AbortSignal,
  onReceived: (bytes: number) => void = () => undefined,
): Promise<StoredFile> {
  const draft = join(layout.temporary, randomUUID());
  try {
    const file = await withIoErrors(draft, () => open(draft, 'wx', 0o644));
    let stored: StoredFile;
    try {
      stored = await receive(file, content, expected, signal, onReceived);
      await withIoErrors(draft, () => file.sync());
    } finally {
      await file.close();
    }
    await publish(layout, draft, stored);
    return stored;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Whether the store has a file of this hash, and of this length if one is given. */
export async function findBlob(
  layout: StoreLayout,
  sha256: string,
): Promise<StoredFile | undefined> {
  try {
    const found = await stat(blobPath(layout, sha256));
    return found.isFile() ? { sha256, size: found.size } : undefined;
  } catch {
    return undefined;
  }
}

async function receive(
  file: FileHandle,
  content: BlobContent,
  expected: ExpectedBlob,
  signal: AbortSignal,
  onReceived: (bytes: number) => void,
): Promise<StoredFile> {
  const limit = expected.size ?? expected.maxSize;
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of content) {
    signal.throwIfAborted();
    size += piece.length;
    if (size > limit) throw wrongSize(expected, `more than ${limit}`);
    hash.update(piece);
    await withIoErrors(expected.label, () => writeFully(file, piece));
    onReceived(size);
  }
  signal.throwIfAborted();
  if (expected.size !== undefined && size !== expected.size) {
    throw wrongSize(expected, String(size));
  }
  const sha256 = hash.digest('hex');
  if (expected.sha256 !== undefined && sha256 !== expected.sha256) {
    throw new NetbootError(
      'ERR_NETBOOT_HASH_MISMATCH',
      `${expected.label} has SHA-256 ${sha256}, signed is ${expected.sha256}`,
      { hint: 'the file was damaged or changed on its way: try again, then try another mirror' },
    );
  }
  return { sha256, size };
}

async function writeFully(file: FileHandle, piece: Uint8Array): Promise<void> {
  let written = 0;
  while (written < piece.length) {
    const { bytesWritten } = await file.write(piece, written);
    written += bytesWritten;
  }
}

async function publish(layout: StoreLayout, draft: string, stored: StoredFile): Promise<void> {
  const path = blobPath(layout, stored.sha256);
  await withIoErrors(path, async () => {
    const made = await mkdir(dirname(path), { recursive: true });
    await rename(draft, path);
    await syncDirectory(dirname(path));
    if (made !== undefined) await syncDirectory(layout.blobs);
  });
}

function wrongSize(expected: ExpectedBlob, got: string): NetbootError {
  const wanted = expected.size ?? `at most ${expected.maxSize}`;
  return new NetbootError(
    'ERR_NETBOOT_SIZE_MISMATCH',
    `${expected.label} has ${got} bytes, expected ${wanted}`,
    { hint: 'the file was cut short or changed on its way: try again, then try another mirror' },
  );
}
