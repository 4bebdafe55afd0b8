import { type DecodedPng } from 'fast-png';

import { GLYPH_HEIGHT, GLYPH_WIDTH, type VgaFont } from './vga-font.js';

/** Picture of three bytes (red, green, blue) per pixel, row by row. */
export type Picture = Pick<DecodedPng, 'width' | 'height' | 'data'>;

/** Position of the character cells in a picture, in pixels. */
interface CellGrid {
  readonly left: number;
  readonly top: number;
  readonly cellWidth: number;
}

/**
 * Maximum share of a glyph's pixels that may differ in a cell: backgrounds show through, and
 * letters cast shadows.
 */
const TOLERATED_SHARE = 0.25;
/** Contrast of a cell, from 0 to 255, below which it counts as blank. */
const BLANK_CONTRAST = 48;
/**
 * Brightness at which the letter may begin, between a cell's darkest and brightest pixel. A cell can
 * have three levels (letter, background and shadow), so no single threshold fits all.
 */
const THRESHOLDS = [0.5, 0.35, 0.65, 0.8] as const;
const SPACE = ' ';
/** First character that is read: only printable ASCII, without block graphics and the like. */
const FIRST_LETTER = 0x21;
/** Last character that is read. */
const LAST_LETTER = 0x7e;
const BLANK_GLYPH: Uint8Array = new Uint8Array(GLYPH_HEIGHT);

/**
 * Reads a screen's text back from its pixels, by comparing each cell with the font that drew it. Works for
 * VGA text modes and for syslinux's graphical menu; all characters except printable ASCII are read as spaces.
 *
 * @returns one line per row, without trailing spaces
 */
export function readScreenText(picture: Picture, font: VgaFont): string[] {
  const glyphs = new GlyphTable(font);
  const readings = gridsOf(picture).map((grid) => readGrid(picture, grid, glyphs));
  const best = readings.reduce((a, b) => (letterCount(b) > letterCount(a) ? b : a), []);
  return best.map((line) => line.trimEnd());
}

function gridsOf({ width, height }: Picture): CellGrid[] {
  // Text modes: 80 columns fill the width, with cells of 8 or 9 pixels.
  if (height === 400) {
    return [{ left: 0, top: 0, cellWidth: width === 720 ? 9 : GLYPH_WIDTH }];
  }
  return [
    // vesamenu.c32 leaves a border of 8 pixels; frame-buffer consoles leave none.
    { left: 8, top: 8, cellWidth: GLYPH_WIDTH },
    { left: 0, top: 0, cellWidth: GLYPH_WIDTH },
    // Memtest86+ centres its 25 rows on a frame buffer.
    { left: 0, top: 8, cellWidth: GLYPH_WIDTH },
  ];
}

function readGrid(picture: Picture, grid: CellGrid, glyphs: GlyphTable): string[] {
  const lines: string[] = [];
  for (let y = grid.top; y + GLYPH_HEIGHT <= picture.height - grid.top; y += GLYPH_HEIGHT) {
    let line = '';
    for (let x = grid.left; x + GLYPH_WIDTH <= picture.width - grid.left; x += grid.cellWidth) {
      line += readCell(picture, x, y, glyphs);
    }
    lines.push(line);
  }
  return lines;
}

/** Returns the brightness of a pixel; red, green and blue are each from 0 to 255. */
type Measure = (red: number, green: number, blue: number) => number;

const MEASURES: readonly Measure[] = [
  // The strongest channel: syslinux's blue titles are hardly lighter than its grey background.
  (red, green, blue) => Math.max(red, green, blue),
  // iPXE's grey letters are as blue as the background, but greener.
  (_red, green) => green,
];

function readCell(picture: Picture, left: number, top: number, glyphs: GlyphTable): string {
  for (const measure of MEASURES) {
    const values = measureCell(picture, left, top, measure);
    const darkest = Math.min(...values);
    const contrast = Math.max(...values) - darkest;
    if (contrast < BLANK_CONTRAST) {
      continue;
    }
    const candidates = THRESHOLDS.flatMap((share) => {
      const bright = rowsAbove(values, darkest + contrast * share);
      // Bright letters on a dark background, or dark ones on the bright bar of the selected entry.
      return [bright, bright.map((row) => ~row & 0xff)];
    });
    return glyphs.closest(candidates) ?? SPACE;
  }
  return SPACE;
}

function measureCell(
  { data, width }: Picture,
  left: number,
  top: number,
  measure: Measure,
): Uint8Array {
  const values = new Uint8Array(GLYPH_WIDTH * GLYPH_HEIGHT);
  for (let index = 0; index < values.length; index += 1) {
    const x = left + (index % GLYPH_WIDTH);
    const y = top + Math.floor(index / GLYPH_WIDTH);
    const at = (y * width + x) * 3;
    values[index] = measure(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0);
  }
  return values;
}

/** Returns the pixels that are brighter than the threshold, as one byte per row. */
function rowsAbove(values: Uint8Array, threshold: number): Uint8Array {
  const rows = new Uint8Array(GLYPH_HEIGHT);
  values.forEach((value, index) => {
    const row = Math.floor(index / GLYPH_WIDTH);
    const bit = value > threshold ? 0x80 >> (index % GLYPH_WIDTH) : 0;
    rows[row] = (rows[row] ?? 0) | bit;
  });
  return rows;
}

function letterCount(lines: readonly string[]): number {
  return lines.join('').replaceAll(SPACE, '').length;
}

/** Printable ASCII of the font, looked up by picture. */
class GlyphTable {
  readonly #glyphs: {
    readonly letter: string;
    readonly rows: Uint8Array;
    readonly tolerance: number;
  }[] = [];
  /** Letters by the rows of their glyph: most cells are exact copies of a glyph. */
  readonly #exact = new Map<string, string>();

  constructor(font: VgaFont) {
    for (let code = FIRST_LETTER; code <= LAST_LETTER; code += 1) {
      const rows = font.subarray(code * GLYPH_HEIGHT, (code + 1) * GLYPH_HEIGHT);
      const letter = String.fromCharCode(code);
      const tolerance = Math.floor(differingPixels(rows, BLANK_GLYPH) * TOLERATED_SHARE);
      this.#glyphs.push({ letter, rows, tolerance });
      this.#exact.set(rows.join(), letter);
    }
  }

  /** Returns the letter that matches one of these pictures exactly or nearly. */
  closest(pictures: readonly Uint8Array[]): string | undefined {
    for (const rows of pictures) {
      const exact = this.#exact.get(rows.join());
      if (exact !== undefined) {
        return exact;
      }
    }
    let best: string | undefined;
    let leastDifference = Number.POSITIVE_INFINITY;
    for (const rows of pictures) {
      for (const glyph of this.#glyphs) {
        const difference = differingPixels(rows, glyph.rows);
        if (difference > glyph.tolerance || difference >= leastDifference) {
          continue;
        }
        leastDifference = difference;
        best = glyph.letter;
      }
    }
    return best;
  }
}

/** Returns the number of pixels in which two glyphs differ. */
function differingPixels(a: Uint8Array, b: Uint8Array): number {
  let count = 0;
  for (let row = 0; row < GLYPH_HEIGHT; row += 1) {
    for (let bits = (a[row] ?? 0) ^ (b[row] ?? 0); bits !== 0; bits &= bits - 1) {
      count += 1;
    }
  }
  return count;
}
