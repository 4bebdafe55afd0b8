import {
  COLOR_NAMES,
  type ColorName,
  type ElementColor,
  LAYOUT_PARAMETERS,
  type MenuTheme,
} from '../../model/theme.js';
import { MESSAGE_DIRECTIVES } from '../../syntax/language/messages.js';
import { type SyslinuxWriter } from './writer.js';

/** Writes the settings of a theme, in a fixed order. */
export function writeTheme(theme: MenuTheme, path: string, writer: SyslinuxWriter): void {
  const { background } = theme;
  if (background !== undefined) {
    const value = background.startsWith('#')
      ? background
      : writer.file(background, 'background', `${path}.background`);
    if (value !== undefined) {
      writer.line(`MENU BACKGROUND ${value}`, `${path}.background`);
    }
  }
  for (const name of COLOR_NAMES) {
    const color = theme.colors?.[name];
    if (color !== undefined) {
      writeColor(name, color, `${path}.colors.${name}`, writer);
    }
  }
  for (const name of LAYOUT_PARAMETERS) {
    const value = theme.layout?.[name];
    if (value !== undefined) {
      writer.line(`MENU ${name.toUpperCase()} ${value}`, `${path}.layout`);
    }
  }
  for (const [name, directive] of MESSAGE_DIRECTIVES) {
    const message = theme[name];
    if (message !== undefined) {
      const value = message === '' ? '' : ` ${message}`;
      writer.line(`MENU ${directive}${value}`, `${path}.${name}`);
    }
  }
}

/** Writes MENU COLOR. `*` keeps the current value, and so does a missing value at the end. */
function writeColor(
  name: ColorName,
  color: ElementColor,
  path: string,
  writer: SyslinuxWriter,
): void {
  const fields = [color.ansi ?? '*', color.foreground ?? '*', color.background ?? '*'];
  if (color.shadow !== undefined) {
    fields.push(color.shadow);
  }
  while (fields.at(-1) === '*') {
    fields.pop();
  }
  writer.line(`MENU COLOR ${[name, ...fields].join(' ')}`, path);
}
