import { LabError } from '@pxe/lab-host';

import { type Key } from '../machine/machine.js';
import { type BootMenu, type MenuEntry } from './menu-entry.js';

/** One screen on the way to an entry. */
export interface KeyStep {
  /** Entry on which Enter is pressed. */
  readonly entry: MenuEntry;
  /** All entries of the screen. */
  readonly screen: readonly MenuEntry[];
  /** Keys that move the cursor from any position on the screen to the entry; without Enter. */
  readonly keys: readonly Key[];
}

/**
 * Returns the keys that lead from the first screen to the entry with this id, through submenus.
 *
 * @throws {@link LabError} `ERR_LAB_STAGE` with the existing ids
 */
export function findKeyPath(menu: BootMenu, id: string): KeyStep[] {
  const path = search(menu.entries, id);
  if (path !== undefined) {
    return path;
  }
  const ids = allIds(menu.entries).join(', ');
  throw new LabError('ERR_LAB_STAGE', `the menu has no entry ${id}; it has ${ids || 'none'}`);
}

function search(screen: readonly MenuEntry[], id: string): KeyStep[] | undefined {
  for (const [index, entry] of screen.entries()) {
    const step = { entry, screen, keys: keysToIndex(index) };
    if (entry.submenu === undefined) {
      if (entry.id === id) {
        return [step];
      }
      continue;
    }
    const rest = search(entry.submenu, id);
    if (rest !== undefined) {
      return [step, ...rest];
    }
  }
  return undefined;
}

/**
 * Returns the keys that move the cursor to an entry. The cursor starts at the default entry, so Home comes
 * first.
 */
function keysToIndex(index: number): Key[] {
  return ['home', ...Array.from({ length: index }, (): Key => 'down')];
}

function allIds(entries: readonly MenuEntry[]): string[] {
  return entries.flatMap(({ id, submenu }) => (submenu === undefined ? [id] : allIds(submenu)));
}
