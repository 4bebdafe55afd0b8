import { MenuFileError, type MenuFileOptions, readAll } from '@pxe/syslinux-menu/cli';

import { CommandError, unreadableFile } from '../../terminal.js';

/** Returns the option with the content of standard input if the file is `-`; otherwise no options. */
export async function inputOf(file: string): Promise<Pick<MenuFileOptions, 'standardInput'>> {
  return file === '-' ? { standardInput: await readAll(process.stdin) } : {};
}

/**
 * Runs a function that reads a menu file, and turns its error about an unusable file into a command error.
 */
export function withFileErrors<Result>(file: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof MenuFileError)) {
      throw error;
    }
    throw error.code === 'ERR_MENU_FILE_UNREADABLE'
      ? unreadableFile(file, error.cause)
      : new CommandError(error.message, undefined, { kind: 'notFound' });
  }
}
