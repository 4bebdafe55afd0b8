import { type Menu, type MenuItem, type Submenu } from './menu.js';

/** Maximum nesting depth of submenus: the top menu's submenus are at depth 1. */
export const MAX_SUBMENU_DEPTH = 16;

/** An item visited on a walk through a menu. */
export interface VisitedItem {
  /** The item itself. A submenu precedes its items. */
  readonly item: MenuItem;
  /** Path in the model, such as `items[2].items[0]`. */
  readonly path: string;
  /** Submenus around the item, outermost first. */
  readonly ancestors: readonly Submenu[];
}

/**
 * Yields all items in the order shown, a submenu before its items. Descends through at most
 * {@link MAX_SUBMENU_DEPTH} nested submenus, so that the walk ends on any input.
 */
export function* walkItems(menu: Menu): Generator<VisitedItem, void, undefined> {
  yield* walkLevel(menu.items, '', []);
}

function* walkLevel(
  items: readonly MenuItem[],
  prefix: string,
  ancestors: readonly Submenu[],
): Generator<VisitedItem, void, undefined> {
  for (const [index, item] of items.entries()) {
    const path = `${prefix}items[${index}]`;
    yield { item, path, ancestors };
    if (item.type === 'submenu' && ancestors.length < MAX_SUBMENU_DEPTH) {
      yield* walkLevel(item.items, `${path}.`, [...ancestors, item]);
    }
  }
}
