import { type Menu, type MenuItem } from '../../model/menu.js';

/**
 * Returns the position of an entry for GRUB's `default`: numbers from the top menu down, joined by
 * `>`; undefined if the entry is not shown. Ids would be ambiguous, because GRUB reads an id that
 * begins with a digit as a number.
 *
 * @param isShown - returns true if GRUB shows the item, and therefore counts it
 */
export function entryPosition(
  { items }: Pick<Menu, 'items'>,
  id: string,
  isShown: (item: MenuItem) => boolean,
): string | undefined {
  const shown = items.filter(
    (item) => item.type !== 'separator' && item.type !== 'back' && isShown(item),
  );
  for (const [index, item] of shown.entries()) {
    if (item.type !== 'separator' && item.id === id) {
      return `${index}`;
    }
    const inner = item.type === 'submenu' ? entryPosition(item, id, isShown) : undefined;
    if (inner !== undefined) {
      return `${index}>${inner}`;
    }
  }
  return undefined;
}
