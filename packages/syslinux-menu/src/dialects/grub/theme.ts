import { type Diagnostic } from '../../diagnostics/diagnostic.js';
import { type PathResolver, type RenderCode, type RenderOptions } from '../../dialect/dialect.js';
import { type Menu } from '../../model/menu.js';
import { DEFAULT_RESOLUTION, type Resolution } from '../../model/resolution.js';
import { type ColorName } from '../../model/theme.js';
import { DEFAULT_LAYOUT, geometryOf } from '../../screen/geometry.js';
import { CHARACTER, graphicsScreen, MARGIN_PIXELS } from '../../screen/menu-screen.js';
import { DEFAULT_COLORS } from '../../syntax/language/colors.js';
import { cleanMenu } from '../../validate/clean-menu.js';
import { nameFault } from './file-name.js';
import { grubPaths } from './paths.js';
import { pictureOf } from './settings.js';

/** Options for rendering a theme for GRUB. */
export interface RenderGrubThemeOptions extends RenderOptions {
  /** Translates the picture's path into GRUB's; see `grubPaths`. @default `grubPaths()` */
  readonly resolve?: PathResolver;
}

/**
 * Renders the menu's appearance as a theme file for GRUB's graphical menu (GRUB manual, "Theme file
 * format"). It resembles what vesamenu.c32 draws from the same layout and colours, without boxes.
 * A menu in ASCII needs no font file.
 *
 * The selected entry is shown in the colour of hotkeys, because a selection bar would need nine
 * image files. On a screen larger than the layout, the menu is centred.
 */
export function renderGrubTheme(given: Menu, options: RenderGrubThemeOptions = {}): string {
  const { menu, findings } = cleanMenu(given);
  const tell = (finding: Diagnostic<RenderCode>): void => options.onFinding?.(finding);
  findings.filter(({ path = '' }) => !path.startsWith('items')).forEach(tell);
  const resolution = menu.resolution ?? DEFAULT_RESOLUTION;
  const geometry = geometryOf(
    { ...DEFAULT_LAYOUT, ...menu.theme?.layout },
    graphicsScreen(resolution.width, resolution.height),
  );
  const place = new Place(resolution);
  // Text begins two columns to the right of the box's border, as in vesamenu.c32.
  const textColumn = geometry.left + 2;
  const blocks = [
    desktop(menu, options.resolve ?? grubPaths(), tell),
    block('boot_menu', {
      left: place.left(textColumn),
      top: place.top(geometry.firstRow),
      width: Math.max(geometry.textWidth, 1) * CHARACTER.width,
      height: Math.max(geometry.rows, 1) * CHARACTER.height,
      item_color: word(color(menu, 'unsel')),
      selected_item_color: word(color(menu, 'hotkey')),
      item_height: CHARACTER.height,
      item_padding: 0,
      item_spacing: 0,
      item_icon_space: 0,
      icon_width: 0,
      icon_height: 0,
      scrollbar: 'false',
    }),
    label(place.top(geometry.vshift + 2), menu.title, color(menu, 'title')),
    label(place.top(geometry.tabMessageRow), '@KEYMAP_SHORT@', color(menu, 'tabmsg')),
    label(
      place.top(geometry.timeoutRow),
      countdown(menu),
      color(menu, 'timeout_msg'),
      '__timeout__',
    ),
  ];
  return blocks.join('');
}

/** Converts columns and rows of characters, counted from 1, to positions on the screen. */
class Place {
  readonly #resolution: Resolution;

  constructor(resolution: Resolution) {
    this.#resolution = resolution;
  }

  left(column: number): string {
    const { width } = this.#resolution;
    return fromMiddle(MARGIN_PIXELS + (column - 1) * CHARACTER.width - Math.floor(width / 2));
  }

  top(row: number): string {
    const { height } = this.#resolution;
    return fromMiddle(MARGIN_PIXELS + (row - 1) * CHARACTER.height - Math.floor(height / 2));
  }
}

/**
 * Returns a position relative to the middle of the screen, since the screen may be larger than expected.
 */
function fromMiddle(pixels: number): string {
  return `50%${pixels < 0 ? '-' : '+'}${Math.abs(pixels)}`;
}

function desktop(
  menu: Menu,
  resolve: PathResolver,
  tell: (finding: Diagnostic<RenderCode>) => void,
): string {
  const { background } = menu.theme ?? {};
  const picture = pictureOf(menu);
  const lines = [
    property('title-text', ''),
    property('desktop-color', background?.startsWith('#') === true ? rgb(background) : '#000000'),
    // Messages shown while files are loaded may use the whole screen.
    property('terminal-left', '0'),
    property('terminal-top', '0'),
    property('terminal-width', '100%'),
    property('terminal-height', '100%'),
    property('terminal-border', '0'),
  ];
  const name = picture === undefined ? undefined : resolve(picture, 'background');
  const fault = picture === undefined ? undefined : nameFault(name, picture);
  if (fault !== undefined) {
    const code = 'unusable-file-name';
    tell({ severity: 'warning', code, message: fault, path: 'theme.background' });
  } else if (name !== undefined) {
    lines.push(
      property('desktop-image', name),
      property('desktop-image-scale-method', 'padding'),
      property('desktop-image-h-align', 'center'),
      property('desktop-image-v-align', 'center'),
    );
  }
  return lines.join('');
}

function property(name: string, value: string): string {
  return `${name}: ${word(value)}\n`;
}

function block(name: string, values: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(values).map(([key, value]) => `  ${key} = ${value}\n`);
  return `+ ${name} {\n${lines.join('')}}\n`;
}

/** Quotes text. The format cannot express a double quote inside, so it becomes a single quote. */
function word(text: string): string {
  return `"${text.replaceAll('"', "'")}"`;
}

/** Returns the block of a centred line of text; empty if the text is empty. */
function label(top: string, text: string, ink: string, id?: string): string {
  if (text === '') {
    return '';
  }
  return block('label', {
    ...(id !== undefined && { id: word(id) }),
    left: 0,
    top,
    width: '100%',
    align: word('center'),
    text: word(text),
    color: word(ink),
  });
}

/**
 * Returns the countdown message: GRUB's own, or the theme's with GRUB's placeholder for the number
 * and the last of several forms.
 */
function countdown({ theme }: Menu): string {
  const message = theme?.autobootMessage;
  if (message === undefined) {
    return '@TIMEOUT_NOTIFICATION_LONG@';
  }
  return message
    .replaceAll('%', '%%')
    .replaceAll(/\{([^}]*)\}?/g, (_all, forms: string) => forms.slice(forms.lastIndexOf(',') + 1))
    .replaceAll('#', '%d');
}

/** Returns the colour of a part of the screen without its opacity: GRUB's text has none. */
function color({ theme }: Menu, name: ColorName): string {
  const own = theme?.colors?.[name]?.foreground;
  return own === undefined
    ? `#${(DEFAULT_COLORS[name].foreground % 0x1000000).toString(16).padStart(6, '0')}`
    : rgb(own);
}

/** Returns `#aarrggbb` without its opacity. */
function rgb(argb: string): string {
  return `#${argb.slice(3)}`;
}
