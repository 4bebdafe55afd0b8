import { statSync } from 'node:fs';
import path, { type PlatformPath, resolve } from 'node:path';

import { TftpError } from '../../errors.js';

/**
 * Returns the absolute path of a directory.
 *
 * @throws {@link TftpError} (`ERR_TFTP_DIRECTORY`) when it is not an accessible directory
 */
export function expectDirectory(directory: string): string {
  const root = resolve(directory);
  let isDirectory: boolean;
  try {
    isDirectory = statSync(root).isDirectory();
  } catch (error) {
    // Without the system call, and without the path, which this message already names.
    const reason = (error as Error).message.replace(/, .*/s, '');
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

/**
 * Returns true if a path is a directory itself or below it; both paths are absolute and contain no links.
 *
 * @param platform - rules of the paths
 */
export function isWithin(directory: string, found: string, platform: PlatformPath = path): boolean {
  const relative = platform.relative(directory, found);
  // On Windows, the relative path is absolute if it leads to another drive.
  return (
    relative !== '..' && !relative.startsWith(`..${platform.sep}`) && !platform.isAbsolute(relative)
  );
}
