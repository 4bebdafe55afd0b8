import { LabError } from '@pxe/lab-host';

import { type BootMenu, type MenuEntry } from './menu-entry.js';

/** Words of a GRUB script line: quoted or bare (GRUB manual, "Quoting"). */
const WORD = /'([^']*)'|"((?:[^"\\]|\\.)*)"|(\S+)/g;

/**
 * Reads the part of a `grub.cfg` that determines which keys to press: `menuentry` and `submenu`
 * with their titles and `--id`. A block opens at the end of a line and closes on a separate line,
 * as in Debian's and our own files; commands in between are ignored.
 *
 * @throws {@link LabError} `ERR_LAB_MALFORMED` for blocks that do not close, and for a file that
 *   includes others
 */
export function readGrubMenu(text: string): BootMenu {
  const entries: MenuEntry[] = [];
  /** Entry list of each open block; undefined within a menu entry's commands. */
  const blocks: (MenuEntry[] | undefined)[] = [entries];
  for (const line of text.split(/\r?\n/)) {
    const words = wordsOf(line);
    const command = words[0];
    const isInMenu = blocks.at(-1) !== undefined;
    // The part for a single machine is not read here. It adds no entries unless the machine is a host.
    const isMachinePart = words[1]?.includes('/m/${net_default_mac}/') === true;
    if (isInMenu && !isMachinePart && (command === 'source' || command === 'configfile')) {
      throw new LabError('ERR_LAB_MALFORMED', `the menu continues in another file: ${line.trim()}`);
    }
    if (command === '}') {
      blocks.pop();
    }
    if (command !== 'menuentry' && command !== 'submenu') {
      if (words.at(-1) === '{') {
        blocks.push(undefined);
      }
      continue;
    }
    const submenu: MenuEntry[] | undefined = command === 'submenu' ? [] : undefined;
    const entry = { id: optionOf(words, '--id'), text: words[1] ?? '' };
    blocks.at(-1)?.push(submenu === undefined ? entry : { ...entry, submenu });
    blocks.push(submenu);
  }
  if (blocks.length === 1) {
    return { title: '', entries };
  }
  throw new LabError('ERR_LAB_MALFORMED', 'the blocks of grub.cfg do not match');
}

function wordsOf(line: string): string[] {
  return [...line.matchAll(WORD)].map(([, single, double, bare]) => single ?? double ?? bare ?? '');
}

function optionOf(words: readonly string[], name: string): string {
  const at = words.indexOf(name);
  return at < 0 ? '' : (words[at + 1] ?? '');
}
