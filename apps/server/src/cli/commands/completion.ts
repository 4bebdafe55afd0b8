import { readFile } from 'node:fs/promises';

import { Argument, type Command } from 'commander';

import { type Terminal } from '../terminal.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** Adds the command that prints a completion script, which was generated from the commands at build time. */
export function defineCompletion(completion: Command, { write }: Terminal): void {
  completion
    .addArgument(new Argument('<shell>', 'shell to print the script for').choices(SHELLS))
    .action(async (shell: (typeof SHELLS)[number]) => {
      write(await readFile(new URL(`./completion.${shell}`, import.meta.url)));
    });
}
