import { type Menu, type MenuItem } from '../../model/menu.js';

/**
 * Where an entry stands, as GRUB's `default` wants it: numbers from the top menu down, joined by `>`.
 * Numbers, since GRUB takes an id that begins with a digit for one.
 *
 * @param isShown - whether GRUB shows the item, and so counts it
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
