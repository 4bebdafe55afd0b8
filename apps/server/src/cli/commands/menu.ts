import { type Command } from 'commander';

import { type Terminal } from '../terminal.js';
import { addCheckCommand } from './menu/check.js';
import { addConvertCommand } from './menu/convert.js';
import { addShowCommand } from './menu/show.js';

export function addMenuCommands(program: Command, terminal: Terminal): void {
  const menu = program.command('menu').description('show, check and convert boot menus');
  addShowCommand(menu, terminal);
  addCheckCommand(menu, terminal);
  addConvertCommand(menu, terminal);
}
