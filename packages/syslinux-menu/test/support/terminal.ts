/** Cell of a terminal: a character and its appearance. */
export interface TerminalCell {
  readonly char: string;
  /** SGR state as sorted words, as in `bold fg37 bg44`. */
  readonly look: string;
}

/** Characters of the DEC special graphics set for the letters that menus use. */
const LINE_DRAWING: Readonly<Record<string, string>> = {
  a: '▒',
  j: '┘',
  k: '┐',
  l: '┌',
  m: '└',
  q: '─',
  t: '├',
  u: '┤',
  x: '│',
};

interface Look {
  readonly flags: ReadonlySet<string>;
  readonly fg: number;
  readonly bg: number;
}

const PLAIN: Look = { flags: new Set(), fg: 37, bg: 40 };

const FLAGS: Readonly<Record<number, string>> = {
  1: 'bold',
  2: 'dim',
  4: 'underline',
  5: 'blink',
  7: 'reverse',
};

/** A VT100 as far as menu.c32 and our painter need one; anything else is an error. */
export class Terminal {
  readonly rows: number;
  readonly columns: number;
  readonly #cells: TerminalCell[][];
  #row = 1;
  #column = 1;
  #look = PLAIN;
  #isLineDrawing = false;
  isCursorVisible = true;

  constructor(rows: number, columns: number) {
    this.rows = rows;
    this.columns = columns;
    this.#cells = Array.from({ length: rows }, () => this.#blankRow());
  }

  write(stream: string): void {
    // eslint-disable-next-line no-control-regex -- control characters are what a terminal reads
    const tokens = /\x1b\[([?0-9;]*)([A-Z])|\x1b([()%].|[a-z])|([\s\S])/gi;
    for (const [, parameters = '', final, escape, char] of stream.matchAll(tokens)) {
      if (final !== undefined) {
        this.#control(parameters, final);
      } else if (char !== undefined) {
        this.#character(char);
      } else {
        this.#escape(escape ?? '');
      }
    }
  }

  /** Returns the rows as text, without trailing spaces. */
  text(): string {
    return this.#cells
      .map((row) =>
        row
          .map(({ char }) => char)
          .join('')
          .trimEnd(),
      )
      .join('\n');
  }

  /** Returns the cells by row and column, both from 0. */
  cells(): readonly (readonly TerminalCell[])[] {
    return this.#cells;
  }

  #blankRow(): TerminalCell[] {
    return Array.from({ length: this.columns }, () => ({ char: ' ', look: lookText(PLAIN) }));
  }

  #control(parameters: string, final: string): void {
    const numbers = parameters.split(';').map(Number);
    const [first = 0, second = 0] = numbers;
    switch (final) {
      case 'm':
        this.#look = numbers.reduce(withParameter, this.#look);
        break;
      case 'H':
        this.#row = Math.max(first, 1);
        this.#column = Math.max(second, 1);
        break;
      case 'J':
        if (parameters !== '2') {
          throw new Error(`ED ${parameters}`);
        }
        for (let row = 1; row <= this.rows; row += 1) {
          this.#erase(row, 1);
        }
        break;
      case 'K':
        this.#erase(this.#row, this.#column);
        break;
      case 'h':
      case 'l':
        if (parameters !== '?25') {
          throw new Error(`mode ${parameters}`);
        }
        this.isCursorVisible = final === 'h';
        break;
      default:
        throw new Error(`CSI ${parameters} ${final}`);
    }
  }

  #escape(sequence: string): void {
    // Resets of colours and character sets: this terminal already has those that menus choose.
    if (!['e', '%@', ')0', '(B'].includes(sequence)) {
      throw new Error(`ESC ${sequence}`);
    }
  }

  #character(char: string): void {
    switch (char) {
      case '\x0e':
        this.#isLineDrawing = true;
        break;
      case '\x0f':
        this.#isLineDrawing = false;
        break;
      case '\r':
        this.#column = 1;
        break;
      case '\n':
        this.#row = Math.min(this.#row + 1, this.rows);
        break;
      case '\b':
        this.#column = Math.max(this.#column - 1, 1);
        break;
      case '\t':
        this.#column += 8 - ((this.#column - 1) % 8);
        break;
      case '\x07':
        break;
      default:
        if (char < ' ') {
          break;
        }
        this.#put(this.#isLineDrawing ? (LINE_DRAWING[char] ?? char) : char);
    }
  }

  #put(char: string): void {
    if (this.#column > this.columns) {
      this.#column = 1;
      this.#row += 1;
    }
    const row = this.#cells[this.#row - 1];
    if (row !== undefined && this.#column <= this.columns) {
      row[this.#column - 1] = { char, look: lookText(this.#look) };
    }
    this.#column += 1;
  }

  #erase(row: number, from: number): void {
    const cells = this.#cells[row - 1];
    if (cells === undefined) {
      return;
    }
    for (let column = from; column <= this.columns; column += 1) {
      cells[column - 1] = { char: ' ', look: lookText(this.#look) };
    }
  }
}

function withParameter(look: Look, parameter: number): Look {
  if (parameter === 0) {
    return PLAIN;
  }
  const flag = FLAGS[parameter];
  if (flag !== undefined) {
    return { ...look, flags: new Set([...look.flags, flag]) };
  }
  if (parameter >= 30 && parameter <= 37) {
    return { ...look, fg: parameter };
  }
  if (parameter >= 40 && parameter <= 47) {
    return { ...look, bg: parameter };
  }
  throw new Error(`SGR ${parameter}`);
}

function lookText({ flags, fg, bg }: Look): string {
  return [...[...flags].sort(), `fg${fg}`, `bg${bg}`].join(' ');
}
