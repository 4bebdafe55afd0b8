import { type Menu, type MenuItem } from '../model/menu.js';

/**
 * Where the default stands, as GRUB's `default` wants it: numbers from the top menu down, joined by
 * `>`. Numbers, since GRUB takes an id that begins with a digit for one.
 */
export function defaultPath(menu: Menu, leftOut: ReadonlySet<MenuItem>): string | undefined {
  return menu.defaultId === undefined ? undefined : pathIn(menu.items, menu.defaultId, leftOut);
}

function pathIn(
  items: readonly MenuItem[],
  id: string,
  leftOut: ReadonlySet<MenuItem>,
): string | undefined {
  // Only what GRUB shows is counted.
  const shown = items.filter(
    (item) => item.type !== 'separator' && item.type !== 'back' && !leftOut.has(item),
  );
  for (const [index, item] of shown.entries()) {
    if (item.type !== 'separator' && item.id === id) return `${index}`;
    const inner = item.type === 'submenu' ? pathIn(item.items, id, leftOut) : undefined;
    if (inner !== undefined) return `${index}>${inner}`;
  }
  return undefined;
}
