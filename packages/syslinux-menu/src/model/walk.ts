import { type Menu, type MenuItem, type Submenu } from './menu.js';

/** Maximum nesting depth of submenus: the top menu's submenus are at depth 1. */
export const MAX_SUBMENU_DEPTH = 16;

/** One item on a walk through a menu. */
export interface VisitedItem {
  /** The item itself; a submenu comes before what is in it. */
  readonly item: MenuItem;
  /** Path in the model, as in `items[2].items[0]`. */
  readonly path: string;
  /** The submenus around it, outermost first. */
  readonly ancestors: readonly Submenu[];
}

/**
 * All items in the order shown, a submenu before what is in it. Goes no deeper than
 * {@link MAX_SUBMENU_DEPTH} submenus, so that it ends on every input.
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
