import { type Command } from 'commander';

import { type LoaderName } from '@pxe/syslinux-menu/cli';

import { addConfigFlags, sectionsOf } from '../../config-flags.js';
import { CommandError, type Terminal } from '../../terminal.js';
import { loaderOption } from './loader-option.js';

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
      'a syslinux or pxelinux configuration file, or - for standard input; default: menu.entries',
    )
    .description(
      'show how syslinux reads a menu file, and list its problems; without a file, show which loaders can start each entry of menu.entries',
    )
    .option('--root <dir>', 'root directory of the boot server, to check that files exist')
    .addOption(loaderOption())
    .option('--json', 'print the report as JSON')
    .option('--strict', 'fail on warnings as well')
    .action(async (file: string | undefined, options: CheckOptions, command: Command) => {
      if (file === undefined) {
        const config = await sectionsOf(command, env, ['dataDir', 'images', 'menu']);
        const { entryReport } = await import('./entry-report.js');
        for (const line of await entryReport(config)) {
          print(line);
        }
        return;
      }
      const { checkMenuFile } = await import('@pxe/syslinux-menu/cli');
      const { inputOf, withFileErrors } = await import('./file-input.js');
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
