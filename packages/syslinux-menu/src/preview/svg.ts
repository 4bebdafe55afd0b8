import { CHARACTER, MARGIN_PIXELS } from '../screen/menu-screen.js';
import { type ColorEntry, formatArgb } from '../syntax/language/colors.js';
import { blend, type Rgb, screenOpacity, splitArgb } from './blend.js';
import { type Cell, type ScreenGrid } from './screen-grid.js';

/** Options of {@link paintSvg}. */
export interface PaintSvgOptions {
  /**
   * Address of the background picture: a `data:` URL, so that the SVG stands alone, or any URL.
   *
   * @default none: black, or the colour that MENU BACKGROUND names
   */
  readonly backgroundUrl?: string;
  /** Alternative text for screen readers. @default the first line that is not blank */
  readonly title?: string;
}

/**
 * Paints the screen as an SVG picture of the same size in pixels, with vesamenu.c32's colours,
 * opacities and shadows. Blending is exact over a single colour. Over a picture it is an
 * approximation: viewers blend screen values, vesamenu.c32 linear light.
 */
export function paintSvg(grid: ScreenGrid, options: PaintSvgOptions = {}): string {
  const { width, height } = grid.screen.pixels ?? {
    width: grid.screen.columns * CHARACTER.width + 2 * MARGIN_PIXELS,
    height: grid.screen.rows * CHARACTER.height + 2 * MARGIN_PIXELS,
  };
  const { backgroundUrl } = options;
  const ground = groundOf(grid.background);
  const image =
    backgroundUrl === undefined
      ? []
      : [`<image href="${escape(backgroundUrl)}" width="${width}" height="${height}"/>`];
  const painter = new RunPainter(backgroundUrl === undefined ? ground : undefined);
  const runs = grid.cells.flatMap((row, index) => runsOf(row, index, grid));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escape(options.title ?? firstText(grid))}</title>`,
    `<rect width="${width}" height="${height}" fill="${hex(ground)}"/>`,
    ...image,
    `<g font-family="'Px437 IBM VGA 8x16','DejaVu Sans Mono','Liberation Mono',monospace" font-size="13.3" xml:space="preserve">`,
    ...runs.flatMap((run) => painter.shadow(run)),
    ...runs.flatMap((run) => painter.cells(run)),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** Adjacent cells with the same colours; the position is in pixels. */
interface Run {
  readonly x: number;
  readonly y: number;
  readonly color: ColorEntry;
  text: string;
}

function runsOf(row: readonly Cell[], index: number, grid: ScreenGrid): readonly Run[] {
  const runs: Run[] = [];
  let lastColor: string | undefined;
  for (const [column, { char, color }] of row.entries()) {
    const run = runs.at(-1);
    if (run !== undefined && lastColor === color) {
      run.text += char;
    } else {
      const x = MARGIN_PIXELS + column * CHARACTER.width;
      const y = MARGIN_PIXELS + index * CHARACTER.height;
      runs.push({ x, y, color: grid.colors[color], text: char });
    }
    lastColor = color;
  }
  return runs;
}

/** Pixels from the top of a character to its baseline. */
const BASELINE = 12;

/** Attributes of a shadow, which lets a quarter of what is under it show through (com32/lib/sys/vesa/drawtxt.c). */
const SHADOW = ' fill="#000000" fill-opacity="0.75"';

/** Paints runs of cells. */
class RunPainter {
  /** Colour of the background, if it is a single colour. */
  readonly #ground: Rgb | undefined;

  constructor(ground: Rgb | undefined) {
    this.#ground = ground;
  }

  /**
   * Draws the shadow of a run, one pixel to the right and down: of its cells with `all` and a visible
   * background, otherwise of its letters.
   */
  shadow({ x, y, color, text }: Run): readonly string[] {
    const hasCells = splitArgb(color.background).alpha > 0;
    if (color.shadow === 'none') {
      return [];
    }
    if (color.shadow === 'all' && hasCells) {
      const width = text.length * CHARACTER.width;
      return [rect(x + 1, y + 1, width, SHADOW)];
    }
    return letters(x + 1, y + 1, text, SHADOW);
  }

  /** Draws the cells of a run and, over them, its letters. */
  cells({ x, y, color, text }: Run): readonly string[] {
    const hasCells = splitArgb(color.background).alpha > 0;
    const under = this.#ground === undefined ? undefined : blend(color.background, this.#ground);
    const ground = hasCells
      ? [rect(x, y, text.length * CHARACTER.width, fill(color.background, this.#ground))]
      : [];
    const hasLetters = splitArgb(color.foreground).alpha > 0;
    return [...ground, ...(hasLetters ? letters(x, y, text, fill(color.foreground, under)) : [])];
  }
}

function rect(x: number, y: number, width: number, paint: string): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${CHARACTER.height}"${paint}/>`;
}

function letters(x: number, y: number, text: string, paint: string): readonly string[] {
  const shown = text.trim();
  if (shown === '') {
    return [];
  }
  const start = x + (text.length - text.trimStart().length) * CHARACTER.width;
  const length = shown.length * CHARACTER.width;
  return [
    `<text x="${start}" y="${y + BASELINE}" textLength="${length}"${paint}>${escape(shown)}</text>`,
  ];
}

/** Returns the fill attributes of a colour over another, or over an unknown background. */
function fill(argb: number, under: Rgb | undefined): string {
  if (under !== undefined) {
    return ` fill="${hex(blend(argb, under))}"`;
  }
  const opacity = screenOpacity(argb);
  const attribute = opacity > 0.999 ? '' : ` fill-opacity="${opacity.toFixed(3)}"`;
  return ` fill="${hex(splitArgb(argb).rgb)}"${attribute}`;
}

function hex([red, green, blue]: Rgb): string {
  return `#${formatArgb(red * 0x1_0000 + green * 0x100 + blue).slice(3)}`;
}

/** Returns the colour that MENU BACKGROUND names; black if it names a picture. */
function groundOf(background: string): Rgb {
  if (!/^#[0-9a-f]{8}$/i.test(background)) {
    return [0, 0, 0];
  }
  return blend(Number.parseInt(background.slice(1), 16), [0, 0, 0]);
}

function firstText(grid: ScreenGrid): string {
  for (const row of grid.cells) {
    const text = row.map(({ char }) => (/[─│┌┐└┘├┤▒]/.test(char) ? ' ' : char)).join('');
    if (text.trim() !== '') {
      return text.trim();
    }
  }
  return '';
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
