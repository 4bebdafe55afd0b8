import { type ScreenGrid } from './screen-grid.js';

const RESET = '\u001b[0m';

/**
 * Returns the screen as text with ANSI colours (SGR), one line per row, for a terminal that
 * supports UTF-8. Each line ends in a reset and LF.
 */
export function paintAnsi(grid: ScreenGrid): string {
  let text = '';
  for (const row of grid.cells) {
    let last: string | undefined;
    for (const { char, color } of row) {
      const { ansi } = grid.colors[color];
      if (color !== last) {
        text += `\u001b[0;${safeSgr(ansi)}m`;
      }
      last = color;
      text += char;
    }
    text += `${RESET}\n`;
  }
  return text;
}

/**
 * Returns the parameters if they are numbers, otherwise `0`: a file must not send a terminal anything else.
 */
function safeSgr(ansi: string): string {
  return /^\d{1,3}(?:;\d{1,3})*$/.test(ansi) ? ansi : '0';
}
