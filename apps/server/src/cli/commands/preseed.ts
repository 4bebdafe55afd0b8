import { type Command, Option } from 'commander';

import { type Suite } from '@pxe/debian-preseed';

import { addConfigFlags } from '../config-flags.js';
import { type Terminal } from '../terminal.js';
import { type CheckOptions } from './preseed/check.js';
import { type ShowOptions } from './preseed/show.js';

/** Releases whose preseeds can be checked. The package has the same list, but takes long to load. */
const SUITES: Readonly<Record<Suite, true>> = { bookworm: true, trixie: true };

/** Adds the commands that check and show preseeds. They do not need the daemon. */
export function definePreseed(preseed: Command, terminal: Terminal): void {
  addConfigFlags(
    preseed
      .command('check')
      .argument('[file]', 'a preseed file, or - for standard input')
      .description('list the problems in a preseed, and what the installer will still ask')
      .option('--host <name>', 'check the preseed of this host from pxeboot.yaml')
      .addOption(
        new Option(
          '--suite <suite>',
          'with a file: Debian release to install (default: trixie)',
        ).choices(Object.keys(SUITES)),
      )
      .option('--json', 'print the report as JSON')
      .option('--strict', 'fail on warnings as well'),
    ['images'],
  ).action(async (file: string | undefined, options: CheckOptions, command: Command) => {
    const { check } = await import('./preseed/check.js');
    await check(file, options, command, terminal);
  });

  addConfigFlags(
    preseed
      .command('show')
      .description('print the preseed of a host, without passwords or passphrases')
      .requiredOption('--host <name>', 'name of a host in pxeboot.yaml')
      .option('--json', 'print JSON'),
    ['images'],
  ).action(async (options: ShowOptions, command: Command) => {
    const { show } = await import('./preseed/show.js');
    await show(options, command, terminal);
  });
}
