import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { NetbootError } from '../errors.js';
import { replaceFile } from './durable-file.js';
import { isNotFound, isUnreadable } from './io-error.js';

/** Maximum size of a file that the store keeps about itself, in bytes; Debian's manifests have 200 kB. */
const MAX_RECORD_BYTES = 32 * 1024 * 1024;

/** How often a file is read that the disk cannot read: what is on a network may be there again. */
const READ_ATTEMPTS = 3;

/** Pause between two attempts, in milliseconds. */
const READ_PAUSE_MS = 200;

/**
 * Reads one of the store's small files whole. Links are not followed. What the disk cannot read is
 * damaged: a sync that waited for the disk to get better would be the last one.
 *
 * @returns `undefined` if there is none
 * @throws NetbootError `ERR_NETBOOT_STORE_DAMAGED` if it cannot be read, or is larger than any that is
 *   written
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
        throw damaged(path, 'cannot be read from the disk', error);
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
      throw damaged(path, 'is not a regular file');
    }
    const { size } = found;
    if (size > MAX_RECORD_BYTES) {
      throw damaged(path, `has ${size} bytes`);
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** The line that vouches for a file, as sha256sum writes it. */
export function checksumLine(name: string, content: string | Uint8Array): string {
  return `${sha256Of(content)}  ${name}\n`;
}

/** The file with the checksum of a file beside it. */
export function checksumPath(path: string): string {
  return `${path}.sha256`;
}

/**
 * Replaces a file that is changed in place, and keeps its checksum beside it. The checksum is written
 * first, together with that of the old content: whichever of the two a crash leaves is a good one.
 *
 * @param temporary - a directory on the same file system, for drafts
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
 * Reads a file that {@link replaceChecked} has written. One without a checksum is of an earlier
 * version of this package, and is taken as it is.
 *
 * @returns `undefined` if there is none
 * @throws NetbootError `ERR_NETBOOT_STORE_DAMAGED`
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
  throw damaged(path, 'does not match its checksum');
}

function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** What is damaged needs no checksum: it is about to be replaced. */
function ignoreDamage(error: unknown): undefined {
  if (error instanceof NetbootError) {
    return undefined;
  }
  throw error;
}

function damaged(path: string, what: string, cause?: unknown): NetbootError {
  return new NetbootError('ERR_NETBOOT_STORE_DAMAGED', `${path} is damaged: it ${what}`, {
    hint: 'sync again',
    ...(cause !== undefined && { cause }),
  });
}
