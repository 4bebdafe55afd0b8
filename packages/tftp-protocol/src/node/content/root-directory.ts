import { statSync } from 'node:fs';
import { resolve } from 'node:path';

import { TftpError } from '../../errors.js';

/**
 * Returns the absolute path of a directory.
 *
 * @throws TftpError (`ERR_TFTP_DIRECTORY`) when it is not an accessible directory
 */
export function expectDirectory(path: string): string {
  const root = resolve(path);
  let isDirectory: boolean;
  try {
    isDirectory = statSync(root).isDirectory();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TftpError(`cannot use the directory ${root}: ${reason}`, {
      code: 'ERR_TFTP_DIRECTORY',
      cause: error,
    });
  }
  if (!isDirectory) {
    throw new TftpError(`${root}: expected a directory, got a file`, {
      code: 'ERR_TFTP_DIRECTORY',
    });
  }
  return root;
}
