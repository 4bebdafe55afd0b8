import { type Command } from 'commander';

import { type Terminal } from '../terminal.js';
import { addCheckCommand } from './menu/check.js';
import { addConvertCommand } from './menu/convert.js';
import { addShowCommand } from './menu/show.js';

/** Adds the commands that show, check and convert boot menus. */
export function defineMenu(menu: Command, terminal: Terminal): void {
  addShowCommand(menu, terminal);
  addCheckCommand(menu, terminal);
  addConvertCommand(menu, terminal);
}
