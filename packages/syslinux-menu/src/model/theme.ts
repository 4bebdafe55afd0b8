/**
 * Appearance of a menu. Everything is optional; the loader's own setting applies to absent properties.
 * The theme of a submenu overrides that of the enclosing menu.
 */
export interface MenuTheme {
  /**
   * Path of a picture (PNG, JPEG or LSS16, exactly the size of the screen), or a colour as
   * `#aarrggbb`.
   */
  readonly background?: string;
  /** Colours by part of the screen. */
  readonly colors?: Readonly<Partial<Record<ColorName, ElementColor>>>;
  /**
   * Positions and sizes in rows or columns: whole numbers from -1000 to 1000; negative ones count
   * from the bottom.
   */
  readonly layout?: Readonly<Partial<Record<LayoutParameter, number>>>;
  /** Text shown below the box. @default 'Press [Tab] to edit options' */
  readonly tabMessage?: string;
  /**
   * Text shown instead of `tabMessage` when editing is not allowed or needs the master password.
   *
   * @default ''
   */
  readonly noTabMessage?: string;
  /**
   * Countdown message. `#` stands for the number of seconds; `{one,two,many}` selects a form by that number.
   *
   * @default `'Automatic boot in # second{,s}...'`
   */
  readonly autobootMessage?: string;
  /** Title of the password box. @default 'Password required' */
  readonly passwordPrompt?: string;
}

/** Parts of a menu screen that have their own colour, in syslinux's order. */
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

/**
 * Colours of one part of the screen: `ansi` for text screens and serial lines, the others for
 * graphics.
 */
export interface ElementColor {
  /** SGR parameters, such as `1;37;44`. */
  readonly ansi?: string;
  /** Colour of the text, as lower-case `#aarrggbb`; `aa` is the opacity over the background. */
  readonly foreground?: string;
  /** Colour behind the text, as lower-case `#aarrggbb`; `aa` is the opacity over the background. */
  readonly background?: string;
  /** Pixels that cast a shadow. */
  readonly shadow?: Shadow;
}

/** Values of {@link ElementColor.shadow}. */
export const SHADOWS = ['none', 'std', 'all', 'rev'] as const;

/** See {@link ElementColor.shadow}. */
export type Shadow = (typeof SHADOWS)[number];

/** Positions and sizes of a menu's parts, in character rows and columns (syslinux `MENU <NAME>`). */
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
