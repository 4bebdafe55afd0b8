import { readFile } from 'node:fs/promises';

import { type Command } from 'commander';

import { type Terminal } from '../terminal.js';

/** Adds the command that prints the manual page, which was generated from the commands at build time. */
export function defineMan(man: Command, { write }: Terminal): void {
  man.action(async () => {
    write(await readFile(new URL('./pxeboot.8', import.meta.url)));
  });
}
