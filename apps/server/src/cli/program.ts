import { Command } from 'commander';

import { addBootsCommand } from './commands/boots.js';
import { addConfigCommands } from './commands/config.js';
import { addDhcpCommand } from './commands/dhcp.js';
import { addHealthCommand } from './commands/health.js';
import { addImagesCommands } from './commands/images.js';
import { addMenuCommands } from './commands/menu.js';
import { addServeCommand } from './commands/serve.js';
import { addSyncCommand } from './commands/sync.js';
import { type Terminal } from './terminal.js';

/** The `pxeboot` command line. */
export function createProgram(terminal: Terminal, version: string): Command {
  const program = new Command('pxeboot')
    .description('Plug a machine into the network, and it boots a verified Debian installer.')
    .version(version)
    .showHelpAfterError('(see "pxeboot --help")');
  addServeCommand(program, terminal);
  addSyncCommand(program, terminal);
  addImagesCommands(program, terminal);
  addBootsCommand(program, terminal);
  addMenuCommands(program, terminal);
  addConfigCommands(program, terminal);
  addDhcpCommand(program, terminal);
  addHealthCommand(program, terminal);
  return program;
}
