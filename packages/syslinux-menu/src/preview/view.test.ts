import { describe, expect, it } from 'vitest';

import { parseSyslinux } from '../parse/parse.js';
import { graphicsScreen } from '../screen/menu-screen.js';
import { MenuNavigator } from './navigator.js';
import { gridText } from './screen-grid.js';
import { layoutMenu, type MenuView } from './view.js';

const { loaded } = parseSyslinux(`UI menu.c32
TIMEOUT 100
MENU TITLE Views
MENU ROWS 3
${Array.from({ length: 6 }, (_value, index) => `LABEL e${index}\nMENU LABEL Entry ${index}\nLINUX v${index}\n`).join('')}
LABEL helped
  MENU LABEL Helped
  MENU DEFAULT
  LINUX v
  TEXT HELP
Some help
  ENDTEXT
MENU BEGIN sub
  MENU TITLE Sub
  LABEL s
    LINUX s
MENU END
`);

function rows(view: MenuView): readonly string[] {
  return gridText(layoutMenu(loaded, view)).split('\n');
}

describe('layoutMenu', () => {
  it('shows the first screen of the program', () => {
    const navigator = new MenuNavigator(loaded);
    expect(layoutMenu(loaded, { seconds: 10 }).cells).toEqual(navigator.grid.cells);
    expect(layoutMenu(loaded)).toMatchObject({ screen: { rows: 25, columns: 80 } });
    expect(layoutMenu(loaded, {}, graphicsScreen(800, 600)).screen).toEqual({
      kind: 'graphics',
      rows: 36,
      columns: 98,
      pixels: { width: 800, height: 600 },
    });
  });

  it('shows another menu, entry and part of the list', () => {
    expect(rows({ menu: 2 })[1]).toContain('Sub');
    expect(rows({ selected: 0 }).slice(3, 6).join()).toMatch(/Entry 0.*Entry 1.*Entry 2/);
    expect(rows({ selected: 2, top: 2 }).slice(3, 6).join()).toMatch(/Entry 2.*Entry 3.*Entry 4/);
    expect(rows({ selected: 99 })[5]).toContain('Sub');
    expect(rows({ selected: 6 })[21]).toBe('Some help');
    expect(() => layoutMenu(loaded, { menu: 9 })).toThrow(RangeError);
  });

  it('shows the countdown of a hidden menu alone', () => {
    expect(rows({ isHidden: true, seconds: 7 }).filter((row) => row !== '')).toEqual([
      '                         Automatic boot in 7 seconds...',
    ]);
    expect(rows({ isHidden: true })[22]).toContain('in 0 seconds');
  });

  it('refuses a screen that firmware could not have', () => {
    expect(graphicsScreen(1024, 768)).toMatchObject({ rows: 47, columns: 126 });
    for (const [width, height] of [
      [0, 480],
      [640, 1e9],
      [640.5, 480],
      [Number.NaN, 480],
    ]) {
      expect(() => graphicsScreen(width, height)).toThrow(RangeError);
    }
  });

  it('draws nothing beyond the screen', () => {
    const outside = parseSyslinux(
      'menu rows 30\nmenu tabmsgrow 40\nmenu helpmsgrow 20\nmenu helpmsgendrow 40\nmenu width 100\n' +
        'label a\nlinux v\ntext help\nx\nendtext\n',
    ).loaded;
    const grid = layoutMenu(outside);
    expect(grid.cells).toHaveLength(25);
    expect(grid.cells.every((row) => row.length === 80)).toBe(true);
  });

  it('shows a command line and a password as the program does', () => {
    const editing = new MenuNavigator(loaded);
    editing.press('up');
    editing.press('tab');
    const view = layoutMenu(loaded, { selected: 5, top: 4, commandLine: '.linux v5' });
    expect(view).toEqual(editing.grid);
    const typing = layoutMenu(loaded, { passwordLength: 3 });
    expect(gridText(typing).split('\n')[11]).toMatch(/^ {3}│ \*\*\* +│$/);
  });
});
