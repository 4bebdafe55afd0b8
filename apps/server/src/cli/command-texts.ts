import { configJsonSchema } from '../config/json-schema.js';
import { configKeys } from '../config/keys.js';
import { commandTree } from './command-tree.js';
import { bashCompletion } from './completion/bash.js';
import { fishCompletion } from './completion/fish.js';
import { zshCompletion } from './completion/zsh.js';
import { manPage } from './man-page.js';
import { createWholeProgram } from './program.js';
import { type Terminal } from './terminal.js';

/** Terminal of commands that are never run. */
const NO_TERMINAL: Terminal = {
  env: {},
  print: () => undefined,
  printJson: () => undefined,
  paint: () => undefined,
  write: () => undefined,
  printError: () => undefined,
  screen: undefined,
  confirm: () => Promise.resolve(false),
  signal: new AbortController().signal,
};

/**
 * Returns the texts generated from all commands, keyed by the name of the file that the build writes each to.
 * The commands that print these texts read the files, since loading every command takes several times as
 * long.
 *
 * @param version - version of the program
 */
export async function commandTexts(version: string): Promise<Readonly<Record<string, string>>> {
  const program = await createWholeProgram(NO_TERMINAL, version);
  const keys = configKeys();
  const tree = commandTree(program, new Set(keys.map(({ flag }) => flag)));
  return {
    'completion.bash': `${bashCompletion(tree)}\n`,
    'completion.zsh': `${zshCompletion(tree)}\n`,
    'completion.fish': `${fishCompletion(tree)}\n`,
    'pxeboot.schema.json': `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
    'pxeboot.8': `${manPage(tree, { version, keys })}\n`,
  };
}
