import {
  COLOR_NAMES,
  type ColorName,
  type ElementColor,
  LAYOUT_PARAMETERS,
  type MenuTheme,
} from '../model/theme.js';
import { type SyslinuxWriter } from './writer.js';

/** A message of a theme and its MENU directive. */
export const MESSAGE_DIRECTIVES: readonly (readonly [MessageName, string])[] = [
  ['autobootMessage', 'AUTOBOOT'],
  ['tabMessage', 'TABMSG'],
  ['noTabMessage', 'NOTABMSG'],
  ['passwordPrompt', 'PASSPROMPT'],
];

/** The fields of a theme that are messages. */
export type MessageName = 'autobootMessage' | 'tabMessage' | 'noTabMessage' | 'passwordPrompt';

/** Writes what a theme sets, in a fixed order. */
export function writeTheme(theme: MenuTheme, path: string, writer: SyslinuxWriter): void {
  const { background } = theme;
  if (background !== undefined) {
    const value = background.startsWith('#')
      ? background
      : writer.file(background, 'background', `${path}.background`);
    writer.line(`MENU BACKGROUND ${value}`, `${path}.background`);
  }
  for (const name of COLOR_NAMES) {
    const color = theme.colors?.[name];
    if (color !== undefined) writeColor(name, color, `${path}.colors.${name}`, writer);
  }
  for (const name of LAYOUT_PARAMETERS) {
    const value = theme.layout?.[name];
    if (value !== undefined) writer.line(`MENU ${name.toUpperCase()} ${value}`, `${path}.layout`);
  }
  for (const [name, directive] of MESSAGE_DIRECTIVES) {
    const message = theme[name];
    if (message !== undefined) {
      const value = message === '' ? '' : ` ${message}`;
      writer.line(`MENU ${directive}${value}`, `${path}.${name}`);
    }
  }
}

/** `*` leaves a value as it is; what is missing at the end is left, too. */
function writeColor(
  name: ColorName,
  color: ElementColor,
  path: string,
  writer: SyslinuxWriter,
): void {
  const fields = [color.ansi ?? '*', color.foreground ?? '*', color.background ?? '*'];
  if (color.shadow !== undefined) fields.push(color.shadow);
  while (fields.at(-1) === '*') fields.pop();
  if (fields.length > 0) writer.line(`MENU COLOR ${name} ${fields.join(' ')}`, path);
}
