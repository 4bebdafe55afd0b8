import { type Menu } from './menu.js';

/**
 * Gives a menu literal its types, so that editors complete it and typing mistakes are found where
 * they are made. Returns what it is given; `validateMenu` checks what types cannot say.
 */
export function defineMenu<const M extends Menu>(menu: M): M {
  return menu;
}
