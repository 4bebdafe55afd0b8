import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { decode, type DecodedPng } from 'fast-png';
import { describe, expect, it } from 'vitest';

import { renderSyslinux } from '../src/index.js';
import { blend } from '../src/preview/blend.js';
import {
  CHARACTER,
  graphicsScreen,
  layoutMenu,
  MARGIN_PIXELS,
  paintSvg,
} from '../src/preview/index.js';
import { type Capture, loadCaptures } from './support/captures.js';
import { themedMenu } from './support/menus.js';
import { Terminal } from './support/terminal.js';

function screen(path: string): DecodedPng {
  return decode(readFileSync(join(import.meta.dirname, path)));
}

function pixel(png: DecodedPng, x: number, y: number): readonly number[] {
  const offset = (y * png.width + x) * png.channels;
  return [...png.data.slice(offset, offset + 3)];
}

interface Bar {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Returns the position of the selection bar in the preview, in pixels; right and bottom are exclusive. */
function barOf(capture: Capture): Bar {
  const { cells } = layoutMenu(capture.parsed.loaded, {}, graphicsScreen());
  const row = cells.findIndex((line) => line.some(({ color }) => color === 'sel'));
  const isSelected = (column: number): boolean => /^(?:hot)?sel$/.test(cells[row]![column]!.color);
  const columns = cells[row]!.map((_cell, column) => column).filter(isSelected);
  return {
    left: MARGIN_PIXELS + columns[0]! * CHARACTER.width,
    right: MARGIN_PIXELS + (columns.at(-1)! + 1) * CHARACTER.width,
    top: MARGIN_PIXELS + row * CHARACTER.height,
    bottom: MARGIN_PIXELS + (row + 1) * CHARACTER.height,
  };
}

function captureNamed(name: string): Capture {
  return loadCaptures().find((capture) => capture.name === name)!;
}

/** Checks the bar's edges: its colour inside, another one a pixel outside. */
function expectBar(png: DecodedPng, { left, right, top, bottom }: Bar, color: readonly number[]) {
  // The last columns of the bar are blank in every entry here.
  const inside = [
    [left, top],
    [right - 1, top],
    [left, bottom - 1],
    [right - 1, bottom - 1],
  ];
  const outside = [
    [left - 1, top],
    [right, top + 2],
    [left, top - 1],
    [right - 1, top - 1],
    [left, bottom],
    [right - 1, bottom],
  ];
  for (const [x, y] of inside) {
    expect(pixel(png, x!, y!), `${x},${y}`).toEqual(color);
  }
  for (const [x, y] of outside) {
    expect(pixel(png, x!, y!), `${x},${y}`).not.toEqual(color);
  }
}

describe('screens', () => {
  describe('the selection bar on a real screen', () => {
    it("is where the preview draws it in Debian's menu, in the colour that blending light gives", () => {
      const png = screen('fixtures/screens/debian-12-vesamenu.png');
      const bar = barOf(captureNamed('debian-12'));
      expect(bar).toEqual({ left: 128, right: 512, top: 184, bottom: 200 });
      const ground = pixel(png, bar.left - 8, bar.top);
      expectBar(png, bar, blend(0x76a1d0ff, [ground[0]!, ground[1]!, ground[2]!]));
    });

    it('is where the preview draws it in the rendered menu', () => {
      const png = screen('captures/ours/screen.png');
      expectBar(png, barOf(captureNamed('ours')), [0xc2, 0x09, 0x4b]);
    });
  });

  it("the README's preview matches what the library paints", async () => {
    const { parsed, stream } = captureNamed('ours');
    const { rows, columns } = graphicsScreen();
    const terminal = new Terminal(rows, columns);
    terminal.write(stream);
    // The same second of the countdown as on the real screen.
    const seconds = Number(/starts in (\d+)/.exec(terminal.text())?.[1]);
    const picture = readFileSync(join(import.meta.dirname, 'captures/ours/tftp/splash.png'));
    const svg = paintSvg(layoutMenu(parsed.loaded, { seconds }, graphicsScreen()), {
      backgroundUrl: `data:image/png;base64,${picture.toString('base64')}`,
    });
    await expect(svg).toMatchFileSnapshot('../docs/preview.svg');
  });

  it("the README's real screen is the captured one", () => {
    const real = readFileSync(join(import.meta.dirname, '../docs/screen.png'));
    const captured = readFileSync(join(import.meta.dirname, 'captures/ours/screen.png'));
    expect(real.equals(captured)).toBe(true);
  });

  it('the captures of the rendered menu are up to date', () => {
    for (const name of ['ours', 'ours-submenu']) {
      const path = join(import.meta.dirname, 'captures', name, 'tftp/pxelinux.cfg/default');
      expect(readFileSync(path, 'utf8')).toBe(renderSyslinux(themedMenu));
    }
  });
});
