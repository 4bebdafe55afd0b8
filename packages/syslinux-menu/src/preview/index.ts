/**
 * The screen that a menu shows, cell by cell, before any machine boots.
 *
 * @packageDocumentation
 */
export { paintAnsi } from './ansi.js';
export { type MenuKey, NAMED_KEYS, type NamedKey } from './keys.js';
export { MenuNavigator, type MenuNavigatorOptions } from './navigator.js';
export { type MenuOutcome } from './outcome.js';
export {
  type Cell,
  CHARACTER,
  graphicsScreen,
  gridText,
  MARGIN_PIXELS,
  type MenuScreen,
  type ScreenGrid,
  TEXT_SCREEN,
} from './screen.js';
export { paintSvg, type PaintSvgOptions } from './svg.js';
export { layoutMenu, type MenuView } from './view.js';
