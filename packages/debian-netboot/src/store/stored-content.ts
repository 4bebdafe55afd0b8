import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

import { NetbootError } from '../errors.js';
import { describeIoError } from '../files/io-error.js';
import { openFileContent } from '../files/read-file.js';

/** Flags for opening a stored file: does not follow symlinks, and does not block on a pipe. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Yields the content of a stored file, which is opened on the first read. Regular files only;
 * symlinks are not followed.
 *
 * @throws {@link NetbootError} that names the file if it cannot be read; the signal's reason when it is aborted
 */
export async function* storedContent(
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted();
  try {
    const file = await open(path, FLAGS);
    try {
      if (!(await file.stat()).isFile()) {
        throw notAFile(path);
      }
      // A stream must not get this signal: if it is already aborted, the stream fails before anyone listens
      // to it.
      for await (const piece of openFileContent(file)) {
        signal?.throwIfAborted();
        yield piece;
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    throw isLink(error) ? notAFile(path, error) : describeIoError(error, path);
  }
}

function isLink(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ELOOP';
}

function notAFile(path: string, cause?: unknown): NetbootError {
  return new NetbootError('ERR_NETBOOT_STORE_HAS_LINKS', `${path}: expected a regular file`, {
    hint: 'remove it and sync again',
    cause,
  });
}
