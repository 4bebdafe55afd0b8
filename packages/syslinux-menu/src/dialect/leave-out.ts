import { type Diagnostic } from '../diagnostic.js';
import { type Menu, type MenuItem } from '../model/menu.js';

/** Findings of a dialect that cannot say all of a menu. */
export type LeftOutCode = 'left-out' | 'nothing-left';

/** Items that can be left out: anything but separators, which a dialect may skip silently. */
export type NamedItem = Exclude<MenuItem, { type: 'separator' }>;

/**
 * The menu without the items that a dialect cannot express, and without submenus that end up
 * empty. Each item left out is a warning; a default or a whole menu left out is an error.
 *
 * @param reasonFor why an item cannot be expressed, as the end of a sentence; undefined when it can
 */
export function leaveOut(
  menu: Menu,
  reasonFor: (item: NamedItem) => string | undefined,
  diagnostics: Diagnostic[],
): Menu {
  const warn = (path: string, item: NamedItem, reason: string): void => {
    diagnostics.push({
      severity: 'warning',
      code: 'left-out' satisfies LeftOutCode,
      message: `"${item.label}" is left out: ${reason}`,
      path,
    });
  };
  const kept = new Set<string>();
  const keep = (items: readonly MenuItem[], prefix: string): readonly MenuItem[] =>
    items.flatMap((item, index): readonly MenuItem[] => {
      if (item.type === 'separator') return [item];
      const path = `${prefix}items[${index}]`;
      const reason = reasonFor(item);
      if (reason !== undefined) {
        warn(path, item, reason);
        return [];
      }
      kept.add(item.id);
      if (item.type !== 'submenu') return [item];
      const inner = keep(item.items, `${path}.`);
      const bootable = inner.some((child) => child.type !== 'separator' && child.type !== 'back');
      if (bootable || inner.length === item.items.length) {
        return [{ ...item, items: inner }];
      }
      warn(path, item, 'nothing in it can be expressed');
      return [];
    });
  const items = keep(menu.items, '');
  if (!items.some((item) => item.type !== 'separator')) {
    diagnostics.push({
      severity: 'error',
      code: 'nothing-left' satisfies LeftOutCode,
      message: 'no entry of the menu can be expressed in this dialect',
      path: 'items',
    });
  } else if (menu.defaultId !== undefined && !kept.has(menu.defaultId)) {
    diagnostics.push({
      severity: 'error',
      code: 'nothing-left' satisfies LeftOutCode,
      message: `the default entry "${menu.defaultId}" cannot be expressed in this dialect`,
      path: 'defaultId',
    });
  }
  return { ...menu, items };
}
