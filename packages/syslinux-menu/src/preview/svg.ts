import { type ColorEntry, formatArgb } from '../syslinux/colors.js';
import { type Cell, CHARACTER, MARGIN_PIXELS, type ScreenGrid } from './screen.js';

/** How to paint. */
export interface PaintSvgOptions {
  /**
   * Address of the background picture: a `data:` URL, so that the SVG stands alone, or any URL.
   *
   * @default none: black, or the colour that MENU BACKGROUND names
   */
  readonly backgroundUrl?: string;
  /** What people who cannot see it are told. @default the first line that is not blank */
  readonly title?: string;
}

/**
 * The screen as an SVG picture of the same size in pixels, with vesamenu.c32's colours: their alpha
 * lets the background picture through.
 */
export function paintSvg(grid: ScreenGrid, options: PaintSvgOptions = {}): string {
  const { width, height } = grid.screen.pixels ?? {
    width: grid.screen.columns * CHARACTER.width + 2 * MARGIN_PIXELS,
    height: grid.screen.rows * CHARACTER.height + 2 * MARGIN_PIXELS,
  };
  const title = options.title ?? firstText(grid);
  const backdrop = grid.background.startsWith('#') ? grid.background : '#ff000000';
  const picture =
    options.backgroundUrl === undefined
      ? []
      : [`<image href="${escape(options.backgroundUrl)}" width="${width}" height="${height}"/>`];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="${rgb(backdrop)}"/>`,
    ...picture,
    `<g font-family="'Px437 IBM VGA 8x16','DejaVu Sans Mono','Liberation Mono',monospace" font-size="13.3" xml:space="preserve">`,
    ...grid.cells.flatMap((row, index) => paintRow(row, index, grid)),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** Cells side by side with the same colours. */
interface Run {
  readonly column: number;
  readonly color: ColorEntry;
  text: string;
}

function paintRow(row: readonly Cell[], index: number, grid: ScreenGrid): readonly string[] {
  const runs: Run[] = [];
  let lastColor: string | undefined;
  for (const [column, { char, color }] of row.entries()) {
    const run = runs.at(-1);
    if (run !== undefined && lastColor === color) run.text += char;
    else runs.push({ column, color: grid.colors[color], text: char });
    lastColor = color;
  }
  const y = MARGIN_PIXELS + index * CHARACTER.height;
  return runs.flatMap((run) => [...paintBackground(run, y), ...paintText(run, y)]);
}

function paintBackground({ column, color, text }: Run, y: number): readonly string[] {
  const fill = fillOf(color.background);
  if (fill === undefined) return [];
  const x = MARGIN_PIXELS + column * CHARACTER.width;
  const width = text.length * CHARACTER.width;
  return [`<rect x="${x}" y="${y}" width="${width}" height="${CHARACTER.height}"${fill}/>`];
}

/** Rows from the top of a character to the line that its letters stand on. */
const BASELINE = 12;

function paintText({ column, color, text }: Run, y: number): readonly string[] {
  const fill = fillOf(color.foreground);
  const start = text.length - text.trimStart().length;
  const shown = text.trim();
  if (fill === undefined || shown === '') return [];
  const x = MARGIN_PIXELS + (column + start) * CHARACTER.width;
  const length = shown.length * CHARACTER.width;
  const draw = (dx: number, paint: string): string =>
    `<text x="${x + dx}" y="${y + BASELINE + dx}" textLength="${length}"${paint}>${escape(shown)}</text>`;
  // Bright text throws a dark shadow, one pixel to the right and below.
  const shadow = color.shadow === 'none' ? [] : [draw(1, ' fill="#000000" fill-opacity="0.5"')];
  return [...shadow, draw(0, fill)];
}

/** The attributes of a colour; undefined when it is wholly transparent. */
function fillOf(argb: number): string | undefined {
  const alpha = Math.floor(argb / 0x100_0000);
  if (alpha === 0) return undefined;
  const opacity = alpha === 0xff ? '' : ` fill-opacity="${(alpha / 0xff).toFixed(3)}"`;
  return ` fill="${rgb(formatArgb(argb))}"${opacity}`;
}

/** `#rrggbb` of `#aarrggbb`; black for anything else, which could hold markup. */
function rgb(argb: string): string {
  return /^#[0-9a-f]{8}$/i.test(argb) ? `#${argb.slice(3)}` : '#000000';
}

function firstText(grid: ScreenGrid): string {
  for (const row of grid.cells) {
    const text = row
      .map(({ char }) => (/[─│┌┐└┘├┤▒]/.test(char) ? ' ' : char))
      .join('')
      .trim();
    if (text !== '') return text;
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
