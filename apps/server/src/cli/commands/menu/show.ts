import { type Command, Option } from 'commander';

import { ARCHES } from '@pxe/debian-netboot/catalog';

import { addConfigFlags, sectionsOf } from '../../config-flags.js';
import { type Terminal } from '../../terminal.js';
import { loaderOption } from './loader-option.js';
import { MENU_FORMS, type ShowOptions } from './show-options.js';

export function addShowCommand(menu: Command, terminal: Terminal): void {
  const { env, print, paint, screen, printError } = terminal;
  addConfigFlags(
    menu
      .command('show')
      .argument('[file]', "menu file to show instead of this server's menu")
      .description('print the boot menu in the format of a boot loader or as a picture')
      .addOption(
        new Option(
          '--as <form>',
          'format of a boot loader, or a picture: ansi (default on a terminal), text (default elsewhere) or svg',
        ).choices(MENU_FORMS),
      )
      .option('--root <dir>', 'with a file: root directory of the boot server')
      .addOption(loaderOption())
      .option('--interactive', 'with a file: navigate its menu in this terminal')
      .option('--host <name>', 'show the menu of this host from pxeboot.yaml')
      .option('--arch <arch>', `architecture of the machine: ${ARCHES.join(', ')}`, 'amd64')
      .option(
        '--address <ip>',
        'address of this server in URLs, if advertise is auto',
        '192.0.2.1',
      ),
    ['dataDir', 'advertise', 'menu', 'kernelArgs'],
  ).action(async (file: string | undefined, options: ShowOptions, command: Command) => {
    if (file !== undefined) {
      const { showFile } = await import('./show-file.js');
      await showFile(file, options, terminal);
      return;
    }
    const config = await sectionsOf(command, env, [
      'dataDir',
      'advertise',
      'http',
      'menu',
      'kernelArgs',
      'hosts',
      'unknown',
    ]);
    // No colours with NO_COLOR set or in a pipe.
    const as = options.as ?? (screen?.hasColors() === true ? 'ansi' : 'text');
    const { ownMenu } = await import('./own-menu.js');
    const { text, warnings } = await ownMenu(config, as, options);
    for (const line of warnings) {
      printError(line);
    }
    if (as === 'ansi') {
      paint(text);
    } else {
      print(text);
    }
  });
}
