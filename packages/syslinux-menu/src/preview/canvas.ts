import { type ColorName } from '../model/theme.js';
import { type MenuScreen } from '../screen/menu-screen.js';
import { type ColorTable } from '../syntax/language/colors.js';
import { type Cell, type ScreenGrid } from './screen-grid.js';

const TAB_WIDTH = 8;

/**
 * Screen to draw on, modelled on the menu program's console: a cursor, a colour, characters that
 * wrap.
 */
export class Canvas {
  readonly #screen: MenuScreen;
  readonly #cells: Cell[][];
  #row = 1;
  #column = 1;
  #color: ColorName = 'screen';
  #isCursorVisible = false;

  constructor(screen: MenuScreen) {
    this.#screen = screen;
    this.#cells = Array.from({ length: screen.rows }, () => []);
    this.clear();
  }

  /** Clears the screen and hides the cursor. */
  clear(): void {
    this.#color = 'screen';
    this.#isCursorVisible = false;
    for (let row = 1; row <= this.#screen.rows; row += 1) {
      this.#eraseFrom(row, 1);
    }
  }

  /** Moves the cursor; rows and columns count from 1. */
  moveTo(row: number, column: number): this {
    this.#row = Math.max(row, 1);
    this.#column = Math.max(column, 1);
    return this;
  }

  /** Sets the colour of what is written or erased next. */
  color(color: ColorName): this {
    this.#color = color;
    return this;
  }

  /** Writes text: control characters move the cursor or do nothing. */
  write(text: string): this {
    for (const char of text) {
      if (char >= ' ' && char !== '\x7f') {
        this.#put(char);
      } else if (char === '\t') {
        this.#column += TAB_WIDTH - ((this.#column - 1) % TAB_WIDTH);
      } else if (char === '\b') {
        this.#column = Math.max(this.#column - 1, 1);
      }
    }
    return this;
  }

  /** Erases from the cursor to the end of its row. */
  eraseLine(): this {
    this.#eraseFrom(this.#row, this.#column);
    return this;
  }

  showCursor(isVisible: boolean): this {
    this.#isCursorVisible = isVisible;
    return this;
  }

  /** Returns the current contents of the screen. */
  grid(colors: ColorTable, background: string): ScreenGrid {
    const cursor = { row: this.#row - 1, column: this.#column - 1 };
    return {
      screen: this.#screen,
      cells: this.#cells.map((row) => [...row]),
      colors,
      background,
      ...(this.#isCursorVisible ? { cursor } : {}),
    };
  }

  #put(char: string): void {
    if (this.#column > this.#screen.columns) {
      this.#column = 1;
      this.#row += 1;
    }
    const row = this.#cells[this.#row - 1];
    if (row !== undefined) {
      row[this.#column - 1] = { char, color: this.#color };
    }
    this.#column += 1;
  }

  #eraseFrom(row: number, column: number): void {
    const cells = this.#cells[row - 1];
    if (cells === undefined) {
      return;
    }
    for (let index = column; index <= this.#screen.columns; index += 1) {
      cells[index - 1] = { char: ' ', color: this.#color };
    }
  }
}
