import { type Command, Option } from 'commander';

import {
  checkMenuFile,
  type LoaderName,
  LOADERS,
  MenuFileError,
  type MenuFileOptions,
  readAll,
} from '@pxe/syslinux-menu/cli';

import { CommandError, type Terminal } from '../../terminal.js';

interface CheckOptions {
  readonly root?: string;
  readonly loader?: LoaderName;
  readonly json?: boolean;
  readonly strict?: boolean;
}

export function addCheckCommand(menu: Command, { print }: Terminal): void {
  menu
    .command('check')
    .argument('<file>', 'a syslinux or pxelinux configuration file, or - for standard input')
    .description('say what syslinux would make of a menu file, and what is wrong with it')
    .option('--root <dir>', 'directory of the boot server: look for the files that the menu names')
    .addOption(loaderOption())
    .option('--json', 'print the report as JSON')
    .option('--strict', 'fail on warnings, too')
    .action(async (file: string, options: CheckOptions) => {
      const input = await inputOf(file);
      const { lines, ok } = withFileErrors(() => checkMenuFile(file, { ...options, ...input }));
      for (const line of lines.flatMap((text) => text.split('\n'))) {
        print(line);
      }
      if (!ok) {
        throw new CommandError(`${file} has ${options.strict === true ? 'findings' : 'errors'}`);
      }
    });
}

/** Standard input, if that is the file that is read. */
export async function inputOf(file: string): Promise<Pick<MenuFileOptions, 'standardInput'>> {
  return file === '-' ? { standardInput: await readAll(process.stdin) } : {};
}

/** Option of all that reads menu files. */
export function loaderOption(): Option {
  const about =
    'whose rules decide (default: those of U-Boot for a file that names device trees and no menu program)';
  return new Option('--loader <name>', about).choices(LOADERS);
}

/** Runs what reads menu files; a file that cannot be used is an error of the command line. */
export function withFileErrors<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (error instanceof MenuFileError) {
      throw new CommandError(error.message);
    }
    throw error;
  }
}
