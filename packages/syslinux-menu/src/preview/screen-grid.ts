import { type ColorName } from '../model/theme.js';
import { type MenuScreen } from '../screen/menu-screen.js';
import { type ColorTable } from '../syntax/language/colors.js';

/** A character cell of the screen. */
export interface Cell {
  /** One character; box drawing and shading in Unicode. */
  readonly char: string;
  /** Name of the cell's colours. */
  readonly color: ColorName;
}

/** Contents of a screen, as drawn by the menu program. */
export interface ScreenGrid {
  /** Display that the grid is shown on. */
  readonly screen: MenuScreen;
  /** Cells by row and column, from 0. */
  readonly cells: readonly (readonly Cell[])[];
  /** Appearance of each colour name used in the cells. */
  readonly colors: ColorTable;
  /** MENU BACKGROUND: a file name, `#aarrggbb`, or empty. */
  readonly background: string;
  /** Position of the text cursor, from 0; absent while it is hidden. */
  readonly cursor?: { readonly row: number; readonly column: number };
}

/** Returns the rows as plain text, without trailing spaces. */
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
