import {
  COLOR_NAMES,
  type ElementColor,
  LAYOUT_PARAMETERS,
  type MenuTheme,
  SHADOWS,
} from '../model/theme.js';
import { quoted } from '../text/text.js';
import { checkChoice, type Findings, isWholeNumber } from './findings.js';
import { checkLine, checkPath } from './text-rules.js';

/** Limit of layout numbers: larger ones cannot be on any screen. */
const MAX_LAYOUT_VALUE = 1000;

/** Checks that the colours of a theme are in one notation, and that its numbers can be positions on a screen. */
export function checkTheme(theme: MenuTheme, path: string, findings: Findings): void {
  if (theme.background !== undefined) {
    checkPath(theme.background, `${path}.background`, findings);
    if (theme.background.startsWith('#')) {
      checkArgb(theme.background, `${path}.background`, findings);
    }
  }
  for (const name of COLOR_NAMES) {
    const color = theme.colors?.[name];
    if (color !== undefined) {
      checkColor(color, `${path}.colors.${name}`, findings);
    }
  }
  for (const name of LAYOUT_PARAMETERS) {
    const value = theme.layout?.[name] ?? 0;
    if (!isLayoutValue(value)) {
      findings.error(
        `${path}.layout.${name}`,
        'bad-number',
        `${name} ${value} must be a whole number from -${MAX_LAYOUT_VALUE} to ${MAX_LAYOUT_VALUE}`,
      );
    }
  }
  checkMessages(theme, path, findings);
}

/** Returns true if a layout parameter can be a position on a screen. */
export function isLayoutValue(value: number): boolean {
  return isWholeNumber(value, -MAX_LAYOUT_VALUE, MAX_LAYOUT_VALUE);
}

/** Returns true if the text is a list of SGR numbers. */
export function isSgr(text: string): boolean {
  return /^\d{1,3}(?:;\d{1,3})*$/.test(text);
}

/** Returns true if the text is a colour in the model's notation. */
export function isArgb(text: string): boolean {
  return /^#[0-9a-f]{8}$/.test(text);
}

function checkMessages(theme: MenuTheme, path: string, findings: Findings): void {
  for (const name of ['tabMessage', 'noTabMessage', 'autobootMessage', 'passwordPrompt'] as const) {
    const message = theme[name];
    if (message !== undefined) {
      checkLine(message, `${path}.${name}`, findings);
    }
  }
}

function checkColor(color: ElementColor, path: string, findings: Findings): void {
  if (color.ansi !== undefined && !isSgr(color.ansi)) {
    findings.error(
      `${path}.ansi`,
      'bad-color',
      `${quoted(color.ansi)} is not a list of SGR numbers, such as "1;37;44"`,
    );
  }
  if (color.foreground !== undefined) {
    checkArgb(color.foreground, `${path}.foreground`, findings);
  }
  if (color.background !== undefined) {
    checkArgb(color.background, `${path}.background`, findings);
  }
  if (color.shadow !== undefined) {
    checkChoice(color.shadow, SHADOWS, `${path}.shadow`, findings);
  }
}

function checkArgb(value: string, path: string, findings: Findings): void {
  if (!isArgb(value)) {
    findings.error(
      path,
      'bad-color',
      `${quoted(value)} is not a colour; write #aarrggbb with lower-case digits`,
    );
  }
}
