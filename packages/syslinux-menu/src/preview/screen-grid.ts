import { type ColorName } from '../model/theme.js';
import { type MenuScreen } from '../screen/menu-screen.js';
import { type ColorTable } from '../syntax/language/colors.js';

/** One character on the screen. */
export interface Cell {
  /** One character; box drawing and shading as Unicode has them. */
  readonly char: string;
  /** Whose colours it has. */
  readonly color: ColorName;
}

/** A picture of a menu: what the program has drawn. */
export interface ScreenGrid {
  /** Display that the grid is shown on. */
  readonly screen: MenuScreen;
  /** By row and column, from 0. */
  readonly cells: readonly (readonly Cell[])[];
  /** Appearance of each name used in the cells. */
  readonly colors: ColorTable;
  /** MENU BACKGROUND: a file name, `#aarrggbb`, or empty. */
  readonly background: string;
  /** Position of the text cursor, from 0; absent while it is hidden. */
  readonly cursor?: { readonly row: number; readonly column: number };
}

/** The rows as plain text, trailing blanks cut. */
export function gridText(grid: ScreenGrid): string {
  return grid.cells
    .map((row) =>
      row
        .map(({ char }) => char)
        .join('')
        .trimEnd(),
    )
    .join('\n');
}
