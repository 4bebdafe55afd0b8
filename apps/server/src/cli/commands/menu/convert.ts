import { type Command, Option } from 'commander';

import { type DialectName } from '@pxe/syslinux-menu';
import { type LoaderName } from '@pxe/syslinux-menu/cli';

import { type Terminal } from '../../terminal.js';
import { loaderOption } from './loader-option.js';

const DIALECTS: readonly DialectName[] = ['grub', 'ipxe', 'syslinux'];

interface ConvertOptions {
  readonly to: DialectName;
  readonly root?: string;
  readonly loader?: LoaderName;
}

export function addConvertCommand(menu: Command, { write, printError }: Terminal): void {
  menu
    .command('convert')
    .argument('<file>', 'a syslinux or pxelinux configuration file, or - for standard input')
    .description(
      'convert a menu file for another boot loader; losses are reported on standard error',
    )
    .addOption(
      new Option('--to <loader>', 'boot loader to convert the menu for')
        .choices(DIALECTS)
        .makeOptionMandatory(),
    )
    .option('--root <dir>', 'root directory of the boot server, to check that files exist')
    .addOption(loaderOption())
    .action(async (file: string, { to, ...options }: ConvertOptions) => {
      const { convertMenuFile } = await import('@pxe/syslinux-menu/cli');
      const { inputOf, withFileErrors } = await import('./file-input.js');
      const input = await inputOf(file);
      const { bytes, losses } = withFileErrors(file, () =>
        convertMenuFile(file, to, { ...options, ...input }),
      );
      for (const loss of losses) {
        printError(loss);
      }
      write(bytes);
    });
}
