import { type Command } from 'commander';

import { type Terminal } from '../terminal.js';
import { addBundleCommands } from './images/bundle.js';
import { addForgetCommand } from './images/forget.js';
import { addListCommand } from './images/list.js';
import { addPruneCommand } from './images/prune.js';
import { addRollbackCommand } from './images/rollback.js';
import { addVerifyCommand } from './images/verify.js';

export function addImagesCommands(program: Command, terminal: Terminal): void {
  const images = program.command('images').description('look into the image store, and tidy it');
  addListCommand(images, terminal);
  addVerifyCommand(images, terminal);
  addRollbackCommand(images, terminal);
  addPruneCommand(images, terminal);
  addForgetCommand(images, terminal);
  addBundleCommands(images, terminal);
}
