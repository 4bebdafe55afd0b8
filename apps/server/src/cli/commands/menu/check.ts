import { checkMenuFile, MenuFileError } from '@pxe/syslinux-menu/cli';
import type { Command } from 'commander';

import { CommandError, type Terminal } from '../../terminal.js';

interface CheckOptions {
  readonly root?: string;
  readonly json?: boolean;
  readonly strict?: boolean;
}

export function addCheckCommand(menu: Command, { print }: Terminal): void {
  menu
    .command('check')
    .argument('<file>', 'a syslinux or pxelinux configuration file, or - for standard input')
    .description('say what syslinux would make of a menu file, and what is wrong with it')
    .option('--root <dir>', 'directory of the boot server: look for the files that the menu names')
    .option('--json', 'print the report as JSON')
    .option('--strict', 'fail on warnings, too')
    .action((file: string, options: CheckOptions) => {
      const { lines, ok } = withFileErrors(() => checkMenuFile(file, options));
      for (const line of lines.flatMap((text) => text.split('\n'))) print(line);
      if (!ok)
        throw new CommandError(`${file} has ${options.strict === true ? 'findings' : 'errors'}`);
    });
}

/** Runs what reads menu files; a file that cannot be used is an error of the command line. */
export function withFileErrors<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (error instanceof MenuFileError) throw new CommandError(error.message);
    throw error;
  }
}
