import { type ColorName, type Shadow } from '../../model/theme.js';

/** Complete colours of one part of the screen. */
export interface ColorEntry {
  /** SGR parameters. */
  readonly ansi: string;
  /** Colour of the text, as 0xAARRGGBB. */
  readonly foreground: number;
  /** Colour behind the text, as 0xAARRGGBB. */
  readonly background: number;
  readonly shadow: Shadow;
}

/** All colours of a menu. */
export type ColorTable = Readonly<Record<ColorName, ColorEntry>>;

function entry(ansi: string, foreground: number, background: number, shadow: Shadow): ColorEntry {
  return { ansi, foreground, background, shadow };
}

/** The menu program's own colours (com32/menu/colors.c). */
export const DEFAULT_COLORS: ColorTable = {
  screen: entry('37;40', 0x80ffffff, 0x00000000, 'std'),
  border: entry('30;44', 0x40000000, 0x00000000, 'std'),
  title: entry('1;36;44', 0xc00090f0, 0x00000000, 'std'),
  unsel: entry('37;44', 0x90ffffff, 0x00000000, 'std'),
  hotkey: entry('1;37;44', 0xffffffff, 0x00000000, 'std'),
  sel: entry('7;37;40', 0xe0000000, 0x20ff8000, 'all'),
  hotsel: entry('1;7;37;40', 0xe0400000, 0x20ff8000, 'all'),
  scrollbar: entry('30;44', 0x40000000, 0x00000000, 'std'),
  tabmsg: entry('31;40', 0x90ffff00, 0x00000000, 'std'),
  cmdmark: entry('1;36;40', 0xc000ffff, 0x00000000, 'std'),
  cmdline: entry('37;40', 0xc0ffffff, 0x00000000, 'std'),
  pwdborder: entry('30;47', 0x80ffffff, 0x20ffffff, 'std'),
  pwdheader: entry('31;47', 0x80ff8080, 0x20ffffff, 'std'),
  pwdentry: entry('30;47', 0x80ffffff, 0x20ffffff, 'std'),
  timeout_msg: entry('37;40', 0x80ffffff, 0x00000000, 'std'),
  timeout: entry('1;37;40', 0xc0ffffff, 0x00000000, 'std'),
  help: entry('37;40', 0xc0ffffff, 0x00000000, 'std'),
  disabled: entry('1;30;44', 0x60cccccc, 0x00000000, 'std'),
};

/** Replacement for a colour with a wrong number of digits: a conspicuous bright red. */
const WRONG_COLOR = 0xffff0000;

/**
 * Reads a colour as parse_argb of com32/menu/readconfig.c does: an optional `#`, then hexadecimal
 * digits, whose number determines their meaning.
 *
 * @returns the colour as 0xAARRGGBB, and the offset after it
 */
export function parseArgb(text: string, offset: number): { argb: number; end: number } {
  const start = text.charAt(offset) === '#' ? offset + 1 : offset;
  let end = start;
  while (/^[0-9a-f]$/i.test(text.charAt(end))) {
    end += 1;
  }
  return { argb: argbOf(text.slice(start, end)), end };
}

function argbOf(digits: string): number {
  const channels = channelsOf(digits);
  if (channels === undefined) {
    return WRONG_COLOR;
  }
  // Shifting by multiplication keeps the number positive.
  return channels.reduce((argb, channel) => argb * 0x100 + channel, 0);
}

/** Returns alpha, red, green and blue; undefined for an invalid number of digits. */
function channelsOf(digits: string): readonly number[] | undefined {
  const single = (index: number): number => Number.parseInt(digits.charAt(index), 16) * 0x11;
  const double = (index: number): number => Number.parseInt(digits.slice(index, index + 2), 16);
  switch (digits.length) {
    case 3:
      return [0xff, single(0), single(1), single(2)];
    case 4:
      return [single(0), single(1), single(2), single(3)];
    case 6:
    case 9:
    case 12: {
      // Twelve digits could be #aaarrrgggbbb; syslinux reads them as #rrrrggggbbbb.
      const step = digits.length / 3;
      return [0xff, double(0), double(step), double(2 * step)];
    }
    case 8:
    case 16: {
      const step = digits.length / 4;
      return [double(0), double(step), double(2 * step), double(3 * step)];
    }
    default:
      return undefined;
  }
}

/** Returns a colour in the model's notation, `#aarrggbb`. */
export function formatArgb(argb: number): string {
  return `#${argb.toString(16).padStart(8, '0')}`;
}

/** Returns the shadow that a word names by its first letter; undefined if it names none. */
export function parseShadow(word: string): Shadow | undefined {
  const shadows: Readonly<Record<string, Shadow>> = { n: 'none', s: 'std', a: 'all', r: 'rev' };
  return shadows[word.charAt(0).toLowerCase()];
}
