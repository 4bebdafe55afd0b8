import { type Menu } from '../../model/menu.js';
import { DEFAULT_RESOLUTION } from '../../model/resolution.js';
import { walkItems } from '../../model/walk.js';
import { isAscii } from '../../text/text.js';
import { colorSettings } from './colors.js';
import { quoteWord } from './quote.js';

/** Returns the lines for the hidden countdown and the serial console. */
export function writeSettings(menu: Menu): readonly string[] {
  const lines: string[] = [];
  if (menu.hidden === true) {
    lines.push('set timeout_style=hidden');
  }
  if (menu.serial !== undefined) {
    const { port, baud = 9600 } = menu.serial;
    const line = port < 4 ? `--unit=${port}` : `--port=0x${port.toString(16)}`;
    lines.push(`serial ${line} --speed=${baud}`, 'terminal_input console serial');
    lines.push('terminal_output console serial');
  }
  return lines;
}

/**
 * Returns the lines for colours and, if there is a theme file, for graphics. Debian's signed GRUB draws ASCII
 * without loading a font. For other characters it accepts only its own font under Secure Boot, which takes
 * seconds to read on a slow machine.
 */
export function writeScreen(menu: Menu, theme: string | undefined): readonly string[] {
  const colors = menu.theme === undefined ? [] : colorSettings(menu.theme);
  if (theme === undefined) {
    return colors;
  }
  const { width, height } = menu.resolution ?? DEFAULT_RESOLUTION;
  const serial = menu.serial === undefined ? '' : ' serial';
  const picture = pictureOf(menu);
  const format = picture !== undefined && /\.jpe?g$/i.test(picture) ? 'jpeg' : 'png';
  return [
    ...(isAsciiOnly(menu) ? [] : LOAD_FONT),
    // A GRUB without these modules stays on its text screen.
    'if insmod gfxmenu; then',
    `  set gfxmode=${width}x${height},auto`,
    '  set gfxpayload=keep',
    '  insmod all_video',
    '  insmod gfxterm',
    `  insmod ${format}`,
    `  terminal_output gfxterm${serial}`,
    `  set theme=${quoteWord(theme)}`,
    // A submenu has its own environment, which contains only exported variables.
    '  export theme',
    'fi',
    ...colors,
  ];
}

/** Returns the background picture of the menu; undefined if it has none or a plain colour. */
export function pictureOf({ theme }: Menu): string | undefined {
  const background = theme?.background;
  return background === undefined || background.startsWith('#') ? undefined : background;
}

const LOAD_FONT: readonly string[] = [
  'if ! loadfont (memdisk)/fonts/unicode.pf2; then',
  '  loadfont $prefix/font.pf2',
  'fi',
];

/** Returns true if all text of the menu that GRUB shows is ASCII. */
function isAsciiOnly(menu: Menu): boolean {
  const labels = [...walkItems(menu)].map(({ item }) => item.label ?? '');
  return [menu.title, menu.theme?.autobootMessage ?? '', ...labels].every(isAscii);
}
