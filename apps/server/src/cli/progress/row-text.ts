import { type ProgressRow } from '../../images/sync-progress.js';
import { sizeText } from '../quantity.js';

/** Draws a bar that is `columns` wide; `fraction` is from 0 to 1. */
export type DrawBar = (fraction: number, columns: number) => string;

const MAX_BAR = 24;
/** Minimum width of a bar, in columns; a shorter bar is less informative than the percentage. */
const MIN_BAR = 6;

/** Part of a row between its bar and its title. */
interface Piece {
  readonly text: string;
  /**
   * Order in which parts are left out on a narrow terminal, highest rank first; undefined if the part always
   * stays.
   */
  readonly rank?: number;
}

/**
 * Returns a row of progress that fits the terminal:
 * `#####-----   42%  52.1 MB of 120 MB   3.01 MB/s  22s left  trixie amd64 text`. On a narrow terminal the
 * sizes are left out first, then the speed, then the bar.
 *
 * @param titleWidth - columns of the longest title
 * @param columns - width of the terminal; the last column stays free, since terminals differ in how they
 *   handle a character there
 */
export function rowText(
  row: ProgressRow,
  titleWidth: number,
  columns: number,
  drawBar: DrawBar,
): string {
  const { received, total, speed, secondsLeft, title } = row;
  const fraction = total === 0 ? 0 : Math.min(1, received / total);
  const pieces: Piece[] = [
    { text: `${Math.floor(fraction * 100)}%`.padStart(4) },
    { text: `${sizeText(received)} of ${sizeText(total)}`.padEnd(18), rank: 2 },
    { text: `${sizeText(Math.round(speed))}/s`.padStart(9), rank: 1 },
    { text: leftText(received >= total ? 0 : secondsLeft).padStart(8) },
  ];
  const room = (kept: readonly Piece[]): number =>
    columns -
    1 -
    titleWidth -
    GAP.length -
    kept.reduce((sum, { text }) => sum + text.length + 2, 0);
  const layouts = [2, 1, 0].map((most) => pieces.filter(({ rank = 0 }) => rank <= most));
  const kept = layouts.find((layout) => room(layout) >= MIN_BAR) ?? layouts[2] ?? [];
  const barWidth = Math.min(MAX_BAR, room(kept));
  const bar = barWidth < MIN_BAR ? [] : [drawBar(fraction, barWidth)];
  return [...bar, ...kept.map(({ text }) => text), title].join(GAP).slice(0, columns - 1);
}

const GAP = '  ';

function leftText(seconds: number | undefined): string {
  if (seconds === undefined || seconds > 359_999) {
    return '--';
  }
  if (seconds <= 0) {
    return 'done';
  }
  const whole = Math.ceil(seconds);
  if (whole < 60) {
    return `${whole}s left`;
  }
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes}m${whole % 60}s`
    : `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}
