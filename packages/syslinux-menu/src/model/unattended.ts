import { type BootEntry, type Menu, type MenuItem, type Submenu } from './menu.js';
import { walkItems } from './walk.js';

/** Entry that a menu boots if no key is pressed. */
export interface UnattendedBoot {
  readonly entry: BootEntry;
  /** Path of the entry in the model. */
  readonly path: string;
  /** Submenus around the entry, outermost first. */
  readonly ancestors: readonly Submenu[];
  /** Seconds after the menu or prompt appears. */
  readonly seconds: number;
}

/** The menu that is shown first, and its countdown. */
export interface FirstMenu {
  /** The submenu; undefined for the top menu. */
  readonly submenu: Submenu | undefined;
  readonly items: readonly MenuItem[];
  /** Path prefix of the items, such as `items[2].`; empty for the top menu. */
  readonly prefix: string;
  readonly ancestors: readonly Submenu[];
  /** Countdown of this menu, in seconds; 0 for none. */
  readonly timeoutSeconds: number;
}

/** Returns the menu that is shown first. */
export function firstMenu(menu: Menu): FirstMenu {
  const around = menu.timeoutSeconds ?? 0;
  const top = { submenu: undefined, items: menu.items, prefix: '', ancestors: [] };
  if (menu.startId === undefined) {
    return { ...top, timeoutSeconds: around };
  }
  for (const { item, path, ancestors } of walkItems(menu)) {
    if (item.type !== 'submenu' || item.id !== menu.startId) {
      continue;
    }
    const chain = [...ancestors, item];
    const timeoutSeconds = chain.reduce((clock, { timeoutSeconds: own = clock }) => own, around);
    return {
      submenu: item,
      items: item.items,
      prefix: `${path}.`,
      ancestors: chain,
      timeoutSeconds,
    };
  }
  return { ...top, timeoutSeconds: around };
}

/**
 * Returns the entry that the menu boots if no key is pressed; undefined if it waits for a key. The
 * result is the same in every dialect that can start the entry.
 */
export function unattendedBoot(menu: Menu): UnattendedBoot | undefined {
  const { interaction = 'menu' } = menu;
  const first = firstMenu(menu);
  const seconds = interaction === 'menu' ? first.timeoutSeconds : (menu.timeoutSeconds ?? 0);
  if (seconds === 0 && interaction !== 'none') {
    return undefined;
  }
  const id = menu.defaultId;
  const clock = interaction === 'none' ? 0 : seconds;
  if (id !== undefined) {
    for (const { item, path, ancestors } of walkItems(menu)) {
      if (item.type === 'separator' || item.id !== id) {
        continue;
      }
      return isEntry(item) ? { entry: item, path, ancestors, seconds: clock } : undefined;
    }
    return undefined;
  }
  const selectedId = first.submenu?.defaultId;
  const index =
    selectedId === undefined
      ? 0
      : first.items.findIndex((one) => one.type !== 'separator' && one.id === selectedId);
  const item = first.items[index];
  if (interaction !== 'menu' || item === undefined || !isEntry(item)) {
    return undefined;
  }
  const path = `${first.prefix}items[${index}]`;
  return { entry: item, path, ancestors: first.ancestors, seconds: clock };
}

function isEntry(item: MenuItem): item is BootEntry {
  return (
    item.type !== 'separator' &&
    item.type !== 'submenu' &&
    item.type !== 'back' &&
    item.disabled !== true
  );
}

/**
 * Returns the ids of the submenus around an item, outermost first, and then its own; empty if the id
 * is undefined or unknown.
 */
export function idsOnTheWay(menu: Menu, id: string | undefined): readonly string[] {
  if (id === undefined) {
    return [];
  }
  for (const { item, ancestors } of walkItems(menu)) {
    if (item.type !== 'separator' && item.id === id) {
      return [...ancestors.map((around) => around.id), id];
    }
  }
  return [];
}
