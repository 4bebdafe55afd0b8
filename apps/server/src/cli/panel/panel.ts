import { Writable } from 'node:stream';
import { styleText } from 'node:util';

import { createLogUpdate } from 'log-update';

import { createLogDestination } from '../../log/log-destination.js';
import { type PanelLine, panelLines, type PanelState } from './panel-lines.js';

/** Interval between redraws, in milliseconds. */
const DRAW_EVERY_MS = 250;
/** Maximum number of lines kept until they can be written. */
const MAX_WAITING = 500;
/** Maximum number of lines written again after the terminal is resized. */
const MAX_REPEATED = 20;

/** Clears the screen and moves to its first line (ECMA-48 §8.3.39 and §8.3.21). */
const CLEAR_SCREEN = '\u001B[2J\u001B[H';

const STYLES = { heading: 'bold', good: 'green', bad: 'red', faint: 'dim' } as const;

/** Live status at the bottom of a terminal, with the lines of the log above it. */
export interface Panel {
  /** Prints a line above the status. */
  print(line: string): void;
  /** Starts to draw the status. */
  show(state: () => PanelState): void;
  /** Leaves the last status on the screen, and takes at most `timeoutMs` to write the waiting lines. */
  close(timeoutMs: number): Promise<void>;
}

/** Returns the name of the locale that determines the character set, such as `C.UTF-8`. */
function localeOf(env: Readonly<Record<string, string | undefined>>): string {
  const names = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']];
  return names.find((name) => name !== undefined && name !== '') ?? '';
}

/**
 * Creates the panel on a terminal. Nothing is drawn while the terminal accepts no output (Ctrl-S), so the
 * daemon never waits for it.
 */
export function createPanel(
  screen: NodeJS.WriteStream,
  env: Readonly<Record<string, string | undefined>>,
): Panel {
  const output = createLogDestination({ onDropped: () => undefined });
  const stream = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      output.write(text, 'kept');
      done();
    },
  });
  const terminal = Object.defineProperties(Object.assign(stream, { isTTY: true }), {
    columns: { get: () => screen.columns },
    rows: { get: () => screen.rows },
  });
  // The cursor stays visible, since a process that is killed cannot restore it.
  const update = createLogUpdate(terminal, { showCursor: true });
  const isUnicode = /utf-?8/i.test(localeOf(env));
  const hasColors = screen.hasColors();
  let waiting: string[] = [];
  let printed: readonly string[] = [];
  let dropped = 0;
  let drawnLines = 0;
  let readState: (() => PanelState) | undefined;
  let isResized = false;
  let isClosed = false;

  function draw(isLast = false): void {
    if (isClosed || !(output.isIdle || isLast)) {
      return;
    }
    if (isResized) {
      // Terminals differ in how they move lines after a resize, so the old status may be anywhere.
      isResized = false;
      update.done();
      output.write(CLEAR_SCREEN, 'kept');
      waiting = [...printed, ...waiting];
      printed = [];
    }
    const lines = takeWaiting();
    if (lines.length > 0) {
      update.clear();
      output.write(`${lines.join('\n')}\n`, 'kept');
    }
    if (readState !== undefined) {
      const view = { columns: screen.columns, rows: screen.rows, isUnicode };
      const status = panelLines(readState(), view);
      // log-update overwrites the text below lines that it adds, and does not erase the text below lines that
      // it removes.
      if (status.length !== drawnLines) {
        update.clear();
      }
      drawnLines = status.length;
      update(status.map(styled).join('\n'));
    }
  }

  function takeWaiting(): readonly string[] {
    const lines = dropped === 0 ? waiting : [...waiting, `... and ${dropped} more lines`];
    printed = [...printed, ...waiting].slice(-MAX_REPEATED);
    waiting = [];
    dropped = 0;
    return lines;
  }

  function styled({ text, tone }: PanelLine): string {
    return tone === undefined || !hasColors ? text : styleText(STYLES[tone], text);
  }

  function onResize(): void {
    isResized = readState !== undefined;
  }

  screen.on('resize', onResize);
  process.on('SIGCONT', onResize);
  const timer = setInterval(draw, DRAW_EVERY_MS);
  timer.unref();
  return {
    print(line) {
      if (waiting.length >= MAX_WAITING) {
        dropped++;
      } else {
        waiting.push(line);
      }
      if (readState === undefined) {
        draw();
      }
    },
    show(state) {
      readState = state;
      draw();
    },
    async close(timeoutMs) {
      draw(true);
      isClosed = true;
      clearInterval(timer);
      screen.off('resize', onResize);
      process.off('SIGCONT', onResize);
      update.done();
      await output.close(timeoutMs);
    },
  };
}
