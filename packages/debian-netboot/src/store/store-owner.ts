import { type Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';

import { NetbootError } from '../errors.js';
import { isNotFound } from '../files/io-error.js';

/** Mode bit for write permission for others. */
const OTHERS_WRITE = 0o002;
/** Mode bit for restricted deletion (sticky). */
const STICKY = 0o1000;

/**
 * As root, refuses to write where another user is in control: the owner of a directory can create a
 * link in it between a check and a write, and thus make root write anywhere.
 *
 * Processes of other users do not check this: there is no privilege to gain, and in containers a volume may
 * belong to root, a group of the process (`fsGroup`) or anyone else.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_STORE_NOT_OWNED`
 */
export async function expectOwn(
  path: string,
  euid: number | undefined = process.geteuid?.(),
): Promise<void> {
  if (euid !== 0) {
    return;
  }
  let found: Stats;
  try {
    found = await lstat(path);
  } catch (error) {
    if (isNotFound(error)) {
      return;
    }
    throw error;
  }
  if (found.uid !== 0) {
    throw new NetbootError(
      'ERR_NETBOOT_STORE_NOT_OWNED',
      `${path} belongs to user ${found.uid}, who could redirect root's writes`,
      {
        hint: `run it as that user ("sudo -u '#${found.uid}' ..."), or give the whole store to root`,
      },
    );
  }
  if (found.isDirectory() && (found.mode & OTHERS_WRITE) !== 0 && (found.mode & STICKY) === 0) {
    throw new NetbootError(
      'ERR_NETBOOT_STORE_NOT_OWNED',
      `${path} is world-writable, so any user could redirect root's writes`,
      { hint: `run "chmod o-w ${path}"` },
    );
  }
}
