import { type Command, Option } from 'commander';

import {
  checkMenuFile,
  type LoaderName,
  LOADERS,
  MenuFileError,
  type MenuFileOptions,
  readAll,
} from '@pxe/syslinux-menu/cli';

import { ownEntries } from '../../../config/own-entries.js';
import { openDataDirectory } from '../../../images/data-directory.js';
import { ownItems, platformsOf } from '../../../menu/own-items.js';
import { addConfigFlags, configOf } from '../../config-flags.js';
import { CommandError, type Terminal, unreadableFile } from '../../terminal.js';

interface CheckOptions {
  readonly root?: string;
  readonly loader?: LoaderName;
  readonly json?: boolean;
  readonly strict?: boolean;
}

export function addCheckCommand(menu: Command, { env, print }: Terminal): void {
  addConfigFlags(menu.command('check'), ['dataDir', 'images', 'menu'])
    .argument(
      '[file]',
      "a syslinux or pxelinux configuration file, or - for standard input; default: this server's menu",
    )
    .description(
      'show how syslinux reads a menu file, and list its problems; without a file, show which loaders can start each of menu.entries',
    )
    .option('--root <dir>', 'root directory of the boot server, to check that files exist')
    .addOption(loaderOption())
    .option('--json', 'print the report as JSON')
    .option('--strict', 'fail on warnings as well')
    .action(async (file: string | undefined, options: CheckOptions, command: Command) => {
      if (file === undefined) {
        await checkOwnEntries(command, env, print);
        return;
      }
      const input = await inputOf(file);
      const { lines, ok } = withFileErrors(file, () =>
        checkMenuFile(file, { ...options, ...input }),
      );
      for (const line of lines.flatMap((text) => text.split('\n'))) {
        print(line);
      }
      if (!ok) {
        throw new CommandError(
          `${file} has ${options.strict === true ? 'errors or warnings' : 'errors'}`,
        );
      }
    });
}

/** Prints which loaders show each extra entry of the stored generation, and why the others do not. */
async function checkOwnEntries(
  command: Command,
  env: Terminal['env'],
  print: Terminal['print'],
): Promise<void> {
  const { config } = await configOf(command, env);
  const entries = ownEntries(config.menu.entries);
  if (entries.length === 0) {
    print('menu.entries is empty; the menu has the installers and the local disk');
    return;
  }
  const store = await openDataDirectory(config.dataDir, { readOnly: true });
  const stored = (await store.current())?.manifest.entries ?? [];
  const arches = [...new Set(config.images.map(({ arch }) => arch))];
  for (const entry of entries) {
    print(`${entry.id}:`);
    for (const platform of platformsOf(arches)) {
      const { items, leftOut } = ownItems([entry], stored, platform);
      const isHidden = items.some(({ isUnsignedEfi }) => isUnsignedEfi === true);
      const shown = isHidden ? 'shown; not under Secure Boot: it is not signed' : 'shown';
      print(
        `  ${platform.name}: ${leftOut[0] === undefined ? shown : `left out: ${leftOut[0].reason}`}`,
      );
    }
  }
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

/** Runs a function that reads a menu file; turns an unusable file into a command error. */
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
