import { type MenuTheme } from '../../model/theme.js';

/** GRUB's colour names and the VGA colours they stand for. */
const COLORS: readonly (readonly [string, number, number, number])[] = [
  ['black', 0, 0, 0],
  ['blue', 0, 0, 0xaa],
  ['green', 0, 0xaa, 0],
  ['cyan', 0, 0xaa, 0xaa],
  ['red', 0xaa, 0, 0],
  ['magenta', 0xaa, 0, 0xaa],
  ['brown', 0xaa, 0x55, 0],
  ['light-gray', 0xaa, 0xaa, 0xaa],
  ['dark-gray', 0x55, 0x55, 0x55],
  ['light-blue', 0x55, 0x55, 0xff],
  ['light-green', 0x55, 0xff, 0x55],
  ['light-cyan', 0x55, 0xff, 0xff],
  ['light-red', 0xff, 0x55, 0x55],
  ['light-magenta', 0xff, 0x55, 0xff],
  ['yellow', 0xff, 0xff, 0x55],
  ['white', 0xff, 0xff, 0xff],
];

/** Returns the GRUB colour nearest to `#aarrggbb`, ignoring opacity. */
export function nearestColor(argb: string): string {
  const channel = (offset: number): number => Number.parseInt(argb.slice(offset, offset + 2), 16);
  const [red, green, blue] = [channel(3), channel(5), channel(7)];
  const distance = ([, r, g, b]: readonly [string, number, number, number]): number =>
    (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
  return COLORS.reduce((best, color) => (distance(color) < distance(best) ? color : best))[0];
}

/**
 * Returns the script lines that set GRUB's colours for a theme. Black as a background lets a picture
 * show through.
 */
export function colorSettings(theme: MenuTheme): readonly string[] {
  const { screen, unsel, sel } = theme.colors ?? {};
  const settings: (readonly [variable: string, front: string, back: string])[] = [];
  if (screen?.foreground !== undefined) {
    settings.push(['color_normal', nearestColor(screen.foreground), 'black']);
  }
  if (unsel?.foreground !== undefined) {
    settings.push(['menu_color_normal', nearestColor(unsel.foreground), 'black']);
  }
  if (sel?.foreground !== undefined && sel.background !== undefined) {
    const [front, back] = [nearestColor(sel.foreground), nearestColor(sel.background)];
    settings.push(['menu_color_highlight', front, back]);
  }
  // A submenu has its own environment, which contains only exported variables.
  return settings.flatMap(([variable, front, back]) => [
    `set ${variable}=${front}/${back}`,
    `export ${variable}`,
  ]);
}
