import { type LayoutParameter } from '../model/theme.js';
import { type MenuScreen } from './menu-screen.js';

/** Layout with every parameter set. */
export type Layout = Readonly<Record<LayoutParameter, number>>;

/** The menu program's own layout (mparm of com32/menu/menumain.c). */
export const DEFAULT_LAYOUT: Layout = {
  width: 0,
  margin: 10,
  passwordmargin: 3,
  rows: 12,
  tabmsgrow: 18,
  cmdlinerow: 18,
  endrow: -1,
  passwordrow: 11,
  timeoutrow: 20,
  helpmsgrow: 22,
  helpmsgendrow: -1,
  hshift: 0,
  vshift: 0,
  hiddenrow: -2,
};

/** Positions of a menu's parts on the screen; rows and columns count from 1. */
export interface Geometry {
  /** Rows of the screen. */
  readonly screenRows: number;
  /** Width of the whole menu area, in columns. */
  readonly width: number;
  readonly hshift: number;
  readonly vshift: number;
  /** Left column of the box. */
  readonly left: number;
  /** Width of the box, in columns. */
  readonly boxWidth: number;
  /** Width of the text of an entry or title, in characters. */
  readonly textWidth: number;
  /** Number of entries visible at once. */
  readonly rows: number;
  /** Row of the first entry. */
  readonly firstRow: number;
  readonly tabMessageRow: number;
  readonly commandLineRow: number;
  readonly passwordRow: number;
  readonly passwordMargin: number;
  readonly timeoutRow: number;
  readonly helpRow: number;
  readonly helpEndRow: number;
  readonly hiddenRow: number;
}

/**
 * Limit of a position, in rows or columns: larger than any screen. A file can contain any number, and
 * the work to draw it grows with the number.
 */
const FARTHEST = 10_000;

/**
 * Computes the positions of a menu's parts (com32/menu/menumain.c). A width of 0 is that of the
 * screen, negative numbers count from the bottom, and VSHIFT moves everything except the last row of
 * help and the countdown of a hidden menu.
 */
export function geometryOf(layout: Layout, screen: MenuScreen): Geometry {
  const at = (value: number): number =>
    Math.min(value < 0 ? Math.max(value + screen.rows, 0) : value, FARTHEST);
  const width = layout.width === 0 ? screen.columns : at(layout.width);
  const [hshift, vshift, margin] = [at(layout.hshift), at(layout.vshift), at(layout.margin)];
  const boxWidth = width - 2 * margin;
  return {
    screenRows: screen.rows,
    width,
    hshift,
    vshift,
    left: hshift + margin + 1,
    boxWidth,
    textWidth: boxWidth - 4,
    rows: at(layout.rows),
    firstRow: vshift + 4,
    tabMessageRow: at(layout.tabmsgrow) + vshift,
    commandLineRow: at(layout.cmdlinerow) + vshift,
    passwordRow: at(layout.passwordrow) + vshift,
    passwordMargin: at(layout.passwordmargin),
    timeoutRow: at(layout.timeoutrow) + vshift,
    helpRow: at(layout.helpmsgrow) + vshift,
    helpEndRow: at(layout.helpmsgendrow),
    hiddenRow: at(layout.hiddenrow),
  };
}
