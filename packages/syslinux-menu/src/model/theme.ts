/**
 * Appearance of a menu. Everything is optional; the loader's own setting applies to absent properties.
 * In a submenu it overrides that of the enclosing menu.
 */
export interface MenuTheme {
  /**
   * Path of a picture (PNG, JPEG or LSS16, exactly as large as the screen), or one colour as
   * `#aarrggbb`.
   */
  readonly background?: string;
  /** Colours by part of the screen. */
  readonly colors?: Readonly<Partial<Record<ColorName, ElementColor>>>;
  /** Whole numbers of rows or columns, -1000 to 1000; negative ones count from the bottom. */
  readonly layout?: Readonly<Partial<Record<LayoutParameter, number>>>;
  /** Shown under the box. @default 'Press [Tab] to edit options' */
  readonly tabMessage?: string;
  /** Shown instead of `tabMessage` when editing is not allowed. @default '' */
  readonly noTabMessage?: string;
  /**
   * The countdown. `#` is the number of seconds; `{one,two,many}` chooses by it.
   *
   * @default `'Automatic boot in # second{,s}...'`
   */
  readonly autobootMessage?: string;
  /** The title of the password box. @default 'Password required' */
  readonly passwordPrompt?: string;
}

/** The parts of a menu screen that have a colour of their own, in syslinux's order. */
export const COLOR_NAMES = [
  'screen',
  'border',
  'title',
  'unsel',
  'hotkey',
  'sel',
  'hotsel',
  'scrollbar',
  'tabmsg',
  'cmdmark',
  'cmdline',
  'pwdborder',
  'pwdheader',
  'pwdentry',
  'timeout_msg',
  'timeout',
  'help',
  'disabled',
] as const;

/** See {@link COLOR_NAMES}. */
export type ColorName = (typeof COLOR_NAMES)[number];

/** One part's colours: `ansi` for text screens and serial lines, the rest for graphics. */
export interface ElementColor {
  /** SGR parameters, as in `1;37;44`. */
  readonly ansi?: string;
  /** `#aarrggbb`, lower-case; `aa` is the opacity over the background. */
  readonly foreground?: string;
  /** `#aarrggbb`, lower-case; `aa` is the opacity over the background. */
  readonly background?: string;
  /** Which pixels of the text throw a shadow. */
  readonly shadow?: Shadow;
}

/** The words of {@link ElementColor.shadow}. */
export const SHADOWS = ['none', 'std', 'all', 'rev'] as const;

/** See {@link ElementColor.shadow}. */
export type Shadow = (typeof SHADOWS)[number];

/** Positions on the screen, in character rows and columns (syslinux `MENU <NAME>`). */
export const LAYOUT_PARAMETERS = [
  'width',
  'margin',
  'passwordmargin',
  'rows',
  'tabmsgrow',
  'cmdlinerow',
  'endrow',
  'passwordrow',
  'timeoutrow',
  'helpmsgrow',
  'helpmsgendrow',
  'hshift',
  'vshift',
  'hiddenrow',
] as const;

/** See {@link LAYOUT_PARAMETERS}. */
export type LayoutParameter = (typeof LAYOUT_PARAMETERS)[number];
