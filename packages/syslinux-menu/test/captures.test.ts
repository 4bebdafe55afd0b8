import { describe, expect, it } from 'vitest';

import { graphicsScreen, MenuNavigator, paintAnsi, TEXT_SCREEN } from '../src/preview/index.js';
import { type Capture, loadCaptures } from './support/captures.js';
import { Terminal } from './support/terminal.js';

/** Returns a terminal that has received the output of the real program. */
function replay(stream: string, rows: number, columns: number): Terminal {
  const terminal = new Terminal(rows, columns);
  terminal.write(stream);
  return terminal;
}

/** Returns the rows as lines of text with their appearance, short enough to read when they differ. */
function rowsOf(terminal: Terminal): readonly string[] {
  return terminal.cells().map((row) => {
    const runs: string[] = [];
    let last = '';
    for (const { char, look } of row) {
      if (look !== last) {
        runs.push(`[${look}]`);
      }
      last = look;
      runs.push(char);
    }
    return runs.join('');
  });
}

function walk(capture: Capture): void {
  const screen = capture.screen === 'text' ? TEXT_SCREEN : graphicsScreen();
  const { rows, columns } = screen;
  const { loaded } = capture.parsed;
  const navigator = new MenuNavigator(loaded, { screen });
  let left = loaded.menus[loaded.startMenu]?.timeoutMs ?? 0;
  for (const { keys, bytes } of capture.moments) {
    for (const key of keys) {
      navigator.press(key);
    }
    const real = replay(capture.stream.slice(0, bytes), rows, columns);
    if (capture.counting) {
      // The countdown at the moment of the capture is arbitrary, so it is taken from the screen.
      const seconds = /(\d{1,5}) second/.exec(real.text())?.[1];
      if (seconds !== undefined) {
        navigator.tick(left - Number(seconds) * 1000);
      }
      left = Number(seconds) * 1000;
    }
    const ours = replay(paintAnsi(navigator.grid).replaceAll('\n', '\r\n'), rows, columns);
    expect(ours.text(), `after ${JSON.stringify(keys)}`).toBe(real.text());
    expect(rowsOf(ours), `after ${JSON.stringify(keys)}`).toEqual(rowsOf(real));
  }
}

describe('the preview equals the real program cell by cell', () => {
  for (const capture of loadCaptures()) {
    it(`${capture.name}: ${capture.about}`, () => {
      walk(capture);
    });
  }
});
