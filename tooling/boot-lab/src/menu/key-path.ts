import { LabError } from '../errors.js';
import { type Key } from '../machine/keyboard.js';
import { type BootMenu, type MenuEntry } from './menu-entry.js';

/** One screen of the way to an entry. */
export interface KeyStep {
  /** The entry that Enter is pressed on. */
  readonly entry: MenuEntry;
  /** All entries of the screen that it stands on. */
  readonly screen: readonly MenuEntry[];
  /** From wherever the cursor is on that screen to the entry; Enter is not among them. */
  readonly keys: readonly Key[];
}

/**
 * The keys that lead from the first screen to the entry with this id, through submenus.
 *
 * @throws {@link LabError} `ERR_LAB_STAGE` with the ids that there are
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

/** Home first: where the cursor begins depends on the default entry. */
function keysToIndex(index: number): Key[] {
  return ['home', ...Array.from({ length: index }, (): Key => 'down')];
}

function allIds(entries: readonly MenuEntry[]): string[] {
  return entries.flatMap(({ id, submenu }) => (submenu === undefined ? [id] : allIds(submenu)));
}
