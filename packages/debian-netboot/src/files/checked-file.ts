import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { NetbootError } from '../errors.js';
import { replaceFile } from './durable-file.js';
import { isNotFound, isUnreadable } from './io-error.js';

/** Maximum size of a record, in bytes; manifests of Debian's images are about 200 kB. */
const MAX_RECORD_BYTES = 32 * 1024 * 1024;

/** Number of attempts to read from a failing disk: a network file system may recover. */
const READ_ATTEMPTS = 3;

/** Pause between two attempts to read, in milliseconds. */
const READ_PAUSE_MS = 200;

/**
 * Reads a whole record, which is a small file. Symlinks are not followed. An unreadable record counts as
 * damaged, so that a sync can replace it instead of failing forever.
 *
 * @returns `undefined` if the file does not exist
 * @throws {@link NetbootError} `ERR_NETBOOT_STORE_DAMAGED` if the disk cannot read the file, or it is too large or
 *   not a regular file
 */
export async function readRecord(path: string): Promise<Buffer | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await readOnce(path);
    } catch (error) {
      if (!isUnreadable(error)) {
        throw error;
      }
      if (attempt === READ_ATTEMPTS) {
        throw damaged(path, 'disk read error', error);
      }
      await sleep(READ_PAUSE_MS);
    }
  }
}

async function readOnce(path: string): Promise<Buffer | undefined> {
  let file;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isNotFound(error)) {
      return undefined;
    }
    throw error;
  }
  try {
    const found = await file.stat();
    if (!found.isFile()) {
      throw damaged(path, 'expected a regular file');
    }
    const { size } = found;
    if (size > MAX_RECORD_BYTES) {
      throw damaged(path, `expected at most ${MAX_RECORD_BYTES} bytes, got ${size}`);
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Returns a line of a checksum file, in the format of sha256sum. */
export function checksumLine(name: string, content: string | Uint8Array): string {
  return `${sha256Of(content)}  ${name}\n`;
}

/** Returns the path of a record's checksum file. */
export function checksumPath(path: string): string {
  return `${path}.sha256`;
}

/**
 * Replaces a record and its checksum file. The checksum file is written first, with the hashes of both the
 * old and the new content, so that the record is valid whenever a crash occurs.
 *
 * @param temporary - directory on the same file system for temporary files
 */
export async function replaceChecked(
  path: string,
  content: string,
  temporary: string,
): Promise<void> {
  const before = await readRecord(path).catch(ignoreDamage);
  const sums = new Set([content, before ?? content].map(sha256Of));
  await replaceFile(checksumPath(path), `${[...sums].join('\n')}\n`, temporary);
  await replaceFile(path, content, temporary);
}

/**
 * Reads a record that {@link replaceChecked} wrote. A record without a checksum file comes from an
 * earlier version of this package and is accepted.
 *
 * @returns `undefined` if the file does not exist
 * @throws {@link NetbootError} `ERR_NETBOOT_STORE_DAMAGED` if it cannot be read or does not match its checksum
 */
export async function readChecked(path: string): Promise<string | undefined> {
  const content = await readRecord(path);
  if (content === undefined) {
    return undefined;
  }
  const sums = (await readRecord(checksumPath(path)))?.toString('latin1');
  if (sums === undefined) {
    return content.toString('utf8');
  }
  const isWhole = /^(?:[0-9a-f]{64}\n){1,2}$/.test(sums);
  if (isWhole && sums.split('\n').includes(sha256Of(content))) {
    return content.toString('utf8');
  }
  throw damaged(path, 'it does not match its checksum');
}

function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Ignores damage to a record that is about to be replaced, and so needs no checksum. */
function ignoreDamage(error: unknown): undefined {
  if (error instanceof NetbootError) {
    return undefined;
  }
  throw error;
}

function damaged(path: string, what: string, cause?: unknown): NetbootError {
  return new NetbootError('ERR_NETBOOT_STORE_DAMAGED', `${path} is damaged: ${what}`, {
    hint: 'sync again',
    ...(cause !== undefined && { cause }),
  });
}
