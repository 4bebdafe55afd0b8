import { type Command } from 'commander';

import { configKeys } from '../../config/keys.js';
import { commandTree } from '../command-tree.js';
import { manPage } from '../man-page.js';
import { type Terminal } from '../terminal.js';

/** Adds the command that prints the manual page, made from the commands themselves. */
export function defineMan(
  man: Command,
  { write }: Terminal,
  wholeProgram: () => Promise<Command>,
): void {
  man.action(async () => {
    const program = await wholeProgram();
    const keys = configKeys();
    const tree = commandTree(program, new Set(keys.map(({ flag }) => flag)));
    write(Buffer.from(`${manPage(tree, { version: program.version() ?? '', keys })}\n`));
  });
}
