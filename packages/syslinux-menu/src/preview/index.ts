/**
 * Previews the screens that a menu shows, cell by cell, before any machine boots.
 *
 * @packageDocumentation
 */
export { paintAnsi } from './ansi.js';
export { loadMenu } from './load-menu.js';
export { type MenuKey, NAMED_KEYS, type NamedKey } from './keys.js';
export { MenuNavigator, type MenuNavigatorOptions } from './navigator.js';
export { type MenuOutcome } from './outcome.js';
export {
  CHARACTER,
  graphicsScreen,
  MARGIN_PIXELS,
  type MenuScreen,
  TEXT_SCREEN,
} from '../screen/menu-screen.js';
export { type Cell, gridText, type ScreenGrid } from './screen-grid.js';
export { paintSvg, type PaintSvgOptions } from './svg.js';
export { layoutMenu, type MenuView, previewMenu } from './view.js';
