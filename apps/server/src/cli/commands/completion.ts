import { Argument, type Command } from 'commander';

import { configKeys } from '../../config/keys.js';
import { commandTree } from '../command-tree.js';
import { bashCompletion } from '../completion/bash.js';
import { fishCompletion } from '../completion/fish.js';
import { zshCompletion } from '../completion/zsh.js';
import { type Terminal } from '../terminal.js';

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** Adds the command that prints a completion script, made from the commands themselves. */
export function defineCompletion(
  completion: Command,
  { write }: Terminal,
  wholeProgram: () => Promise<Command>,
): void {
  completion
    .addArgument(
      new Argument('<shell>', 'shell to print the script for').choices(Object.keys(SCRIPTS)),
    )
    .action(async (shell: keyof typeof SCRIPTS) => {
      const settings = new Set(configKeys().map(({ flag }) => flag));
      const tree = commandTree(await wholeProgram(), settings);
      write(Buffer.from(`${SCRIPTS[shell](tree)}\n`));
    });
}
