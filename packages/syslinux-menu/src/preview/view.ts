import { type Menu } from '../model/menu.js';
import { DEFAULT_RESOLUTION } from '../model/resolution.js';
import { geometryOf } from '../screen/geometry.js';
import { graphicsScreen, type MenuScreen, TEXT_SCREEN } from '../screen/menu-screen.js';
import { type LoadedConfig, menuAt } from '../syntax/language/loaded.js';
import { Canvas } from './canvas.js';
import { Countdown } from './countdown.js';
import { drawHelp, drawMenu, drawPasswordBox, padText } from './drawing.js';
import { loadMenu } from './load-menu.js';
import { type ScreenGrid } from './screen-grid.js';

/** State of a menu's screen. */
export interface MenuView {
  /** Index of the menu in the configuration. @default the one shown first */
  readonly menu?: number;
  /** Index of the selected entry; -1 for none. @default the menu's default */
  readonly selected?: number;
  /** Index of the entry in the first row. @default the lowest at which the selection is visible */
  readonly top?: number;
  /** Seconds that the countdown shows. @default no countdown */
  readonly seconds?: number;
  /** Command line being edited, with the cursor at its end. @default none */
  readonly commandLine?: string;
  /** Number of password characters typed. @default no password box */
  readonly passwordLength?: number;
  /** True if only the countdown of a hidden menu is shown. @default false */
  readonly isHidden?: boolean;
}

/**
 * Draws the screen as the menu program would draw it from scratch: menu.c32 on a text screen, vesamenu.c32 on
 * a graphics screen.
 *
 * @throws RangeError when there is no such menu
 */
export function layoutMenu(
  config: LoadedConfig,
  view: MenuView = {},
  screen: MenuScreen = TEXT_SCREEN,
): ScreenGrid {
  const menu = menuAt(config, view.menu ?? config.startMenu);
  const geometry = geometryOf(menu.layout, screen);
  const canvas = new Canvas(screen);
  const { seconds, commandLine, passwordLength, isHidden = false } = view;
  const message = menu.messages.autobootMessage;
  if (isHidden) {
    new Countdown().draw(canvas, menu, geometry, {
      row: geometry.hiddenRow,
      message,
      seconds: seconds ?? 0,
    });
    return canvas.grid(menu.colors, menu.background);
  }
  const chosen = Math.min(view.selected ?? menu.defaultEntry, menu.entries.length - 1);
  const top = view.top ?? Math.max(0, chosen - geometry.rows + 1);
  const isEditing = commandLine !== undefined;
  drawMenu(canvas, menu, geometry, {
    selected: isEditing ? -1 : chosen,
    top,
    isEditable: true,
  });
  drawHelp(canvas, isEditing ? undefined : menu.entries[chosen]?.help, geometry);
  if (seconds !== undefined) {
    new Countdown().draw(canvas, menu, geometry, { row: geometry.timeoutRow, message, seconds });
  }
  if (isEditing) {
    canvas.color('screen').moveTo(geometry.tabMessageRow, 1).eraseLine();
    canvas.moveTo(geometry.commandLineRow, 1).color('cmdmark').write('> ');
    canvas.color('cmdline').write(padText(commandLine, commandLine.length, 'left'));
    canvas.showCursor(true);
  }
  if (passwordLength !== undefined) {
    drawPasswordBox(canvas, menu, geometry);
    canvas.write('*'.repeat(passwordLength));
  }
  return canvas.grid(menu.colors, menu.background);
}

/**
 * Draws the screen of a menu model, as the menu program would from the output of `renderSyslinux`.
 * By default, the screen is a graphics screen of the menu's own resolution.
 *
 * @throws RangeError when there is no such menu
 */
export function previewMenu(menu: Menu, view: MenuView = {}, screen?: MenuScreen): ScreenGrid {
  const config = loadMenu(menu);
  const { width, height } = config.resolution ?? DEFAULT_RESOLUTION;
  return layoutMenu(config, view, screen ?? graphicsScreen(width, height));
}
