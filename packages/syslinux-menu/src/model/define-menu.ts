import { type Menu } from './menu.js';

/**
 * Types a menu literal, so that editors complete it and typos are caught early. Returns its
 * argument; `validateMenu` checks what types cannot express.
 */
export function defineMenu<const M extends Menu>(menu: M): M {
  return menu;
}
