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
    .description('show how syslinux reads a menu file, and list its problems')
    .option('--root <dir>', 'root directory of the boot server, to check that files exist')
    .addOption(loaderOption())
    .option('--json', 'print the report as JSON')
    .option('--strict', 'fail on warnings as well')
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

/** Returns the option with the content of standard input if the file is `-`, otherwise no options. */
export async function inputOf(file: string): Promise<Pick<MenuFileOptions, 'standardInput'>> {
  return file === '-' ? { standardInput: await readAll(process.stdin) } : {};
}

/** Returns the option of every command that reads menu files. */
export function loaderOption(): Option {
  const about =
    'loader whose rules apply (default: U-Boot for a file with device trees and no menu program, otherwise syslinux)';
  return new Option('--loader <name>', about).choices(LOADERS);
}

/** Runs a function that reads menu files; turns an unusable file into a command error. */
export function withFileErrors<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (error instanceof MenuFileError) {
      throw new CommandError(error.message, undefined, { kind: 'notFound' });
    }
    throw error;
  }
}
