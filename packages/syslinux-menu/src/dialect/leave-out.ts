import { type Diagnostic } from '../diagnostic.js';
import { type Menu, type MenuItem } from '../model/menu.js';

/** Findings of a dialect that cannot say all of a menu. */
export type LeftOutCode = 'left-out' | 'nothing-left';

/** Items that can be left out: anything but separators, which a dialect may skip silently. */
export type NamedItem = Exclude<MenuItem, { type: 'separator' }>;

/**
 * The items that a dialect leaves out because it cannot express them, what is inside them included,
 * and submenus that end up empty. Each is a warning; a default or a whole menu left out is an error.
 *
 * @param reasonFor why an item cannot be expressed, as the end of a sentence; undefined when it can
 */
export function leaveOut(
  menu: Menu,
  reasonFor: (item: NamedItem) => string | undefined,
  diagnostics: Diagnostic[],
): ReadonlySet<MenuItem> {
  const selection = new Selection(reasonFor, diagnostics);
  selection.visit(menu.items, '');
  const isSomethingLeft = menu.items.some(
    (item) => item.type !== 'separator' && !selection.leftOut.has(item),
  );
  const lost =
    menu.defaultId === undefined || selection.keptIds.has(menu.defaultId)
      ? undefined
      : `the default entry "${menu.defaultId}"`;
  const what = isSomethingLeft ? lost : 'no entry of the menu';
  if (what !== undefined) {
    const can = isSomethingLeft ? 'cannot' : 'can';
    diagnostics.push({
      severity: 'error',
      code: 'nothing-left' satisfies LeftOutCode,
      message: `${what} ${can} be expressed in this dialect`,
      path: isSomethingLeft ? 'defaultId' : 'items',
    });
  }
  return selection.leftOut;
}

class Selection {
  readonly leftOut = new Set<MenuItem>();
  readonly keptIds = new Set<string>();
  readonly #reasonFor: (item: NamedItem) => string | undefined;
  readonly #diagnostics: Diagnostic[];

  constructor(reasonFor: (item: NamedItem) => string | undefined, diagnostics: Diagnostic[]) {
    this.#reasonFor = reasonFor;
    this.#diagnostics = diagnostics;
  }

  visit(items: readonly MenuItem[], prefix: string): void {
    for (const [index, item] of items.entries()) {
      if (item.type === 'separator') continue;
      const path = `${prefix}items[${index}]`;
      const reason = this.#reasonFor(item);
      if (reason !== undefined) this.#leaveOut(item, path, reason);
      else if (item.type === 'submenu') this.#visitSubmenu(item, path);
      else this.keptIds.add(item.id);
    }
  }

  #visitSubmenu(submenu: Extract<MenuItem, { type: 'submenu' }>, path: string): void {
    this.visit(submenu.items, `${path}.`);
    const kept = submenu.items.filter((item) => !this.leftOut.has(item));
    const hasEntry = kept.some((item) => item.type !== 'separator' && item.type !== 'back');
    // A submenu of headings only is as its author wants it.
    if (!hasEntry && kept.length < submenu.items.length) {
      this.#leaveOut(submenu, path, 'nothing in it can be expressed');
    }
  }

  #leaveOut(item: NamedItem, path: string, reason: string): void {
    this.leftOut.add(item);
    if (item.type === 'submenu') this.#addInside(item.items);
    this.#diagnostics.push({
      severity: 'warning',
      code: 'left-out' satisfies LeftOutCode,
      message: `"${item.label}" is left out: ${reason}`,
      path,
    });
  }

  #addInside(items: readonly MenuItem[]): void {
    for (const item of items) {
      // The same separator may stand in several menus.
      if (item.type !== 'separator') this.leftOut.add(item);
      if (item.type === 'submenu') this.#addInside(item.items);
    }
  }
}
