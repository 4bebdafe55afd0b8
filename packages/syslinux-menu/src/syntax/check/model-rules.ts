import { atoi } from '../language/numbers.js';
import { type Rules } from './report.js';

/** Messages about directives that the model cannot express, by keyword. */
const NOT_IN_MODEL: ReadonlyMap<string, string> = new Map([
  [
    'NOESCAPE',
    'NOESCAPE is not supported and is dropped; in other loaders, Shift never leaves the menu',
  ],
  ['TOTALTIMEOUT', 'TOTALTIMEOUT replaces the countdown if that is longer or missing'],
  ['F-KEY', 'function-key texts are not supported and are dropped'],
  ['SAY', 'SAY is not supported and is dropped'],
  ['DISPLAY', 'the text file of DISPLAY is not supported and is dropped'],
  ['FONT', 'FONT is not supported and is dropped'],
  ['KBDMAP', 'KBDMAP is not supported and is dropped'],
  ['PATH', 'PATH is not supported and is dropped; names of modules are kept unchanged'],
  ['ONERROR', 'ONERROR is not supported and is dropped'],
  ['CONSOLE', 'CONSOLE is not supported and is dropped'],
  ['NOCOMPLETE', 'NOCOMPLETE is not supported and is dropped'],
  ['NOHALT', 'NOHALT is not supported and is dropped'],
  ['PXERETRY', 'PXERETRY is not supported and is dropped'],
  ['SENDCOOKIES', 'SENDCOOKIES is not supported and is dropped'],
  ['MENU HIDE', 'entries with MENU HIDE are not supported and are dropped'],
  ['MENU ONERROR', 'MENU ONERROR is not supported and is dropped'],
  ['MENU SHIFTKEY', 'MENU SHIFTKEY is not supported and is dropped'],
  ['MENU SAVE', 'MENU SAVE is not supported and is dropped'],
  ['MENU NOSAVE', 'MENU NOSAVE is not supported and is dropped'],
  ['MENU IMMEDIATE', 'MENU IMMEDIATE is not supported and is dropped'],
  ['MENU NOIMMEDIATE', 'MENU NOIMMEDIATE is not supported and is dropped'],
  ['MENU HIDDENKEY', 'MENU HIDDENKEY is not supported and is dropped'],
  ['MENU CLEAR', 'MENU CLEAR is not supported and is dropped'],
  ['MENU MSGCOLOR', 'MENU MSGCOLOR is not supported and is dropped'],
  ['MENU MSGCOLOUR', 'MENU MSGCOLOUR is not supported and is dropped'],
]);

/** Directives that only U-Boot obeys. */
const U_BOOT: ReadonlySet<string> = new Set([
  'FDT',
  'FDTDIR',
  'FDTOVERLAYS',
  'DEVICETREE',
  'DEVICETREEDIR',
]);

/** Reports what the model cannot express, so that nothing is lost silently. */
export function checkModel({ checked, tell }: Rules): void {
  const { plan } = checked;
  const noted = new Set<string>();
  for (const { keyword, span, value } of checked.main.directives) {
    const what = NOT_IN_MODEL.get(keyword);
    const isNew = keyword === 'MENU HIDE' || !noted.has(keyword);
    // Most of these directives have an effect unless they are 0; CONSOLE has one only if it is 0, which
    // switches the screen off.
    const isUsual = (atoi(value) !== 0) === (keyword === 'CONSOLE') && /^\s*[+-]?\d/.test(value);
    // At the prompt, hidden entries work like any others.
    const isKept = keyword === 'MENU HIDE' && plan.program === undefined;
    if (what !== undefined && isNew && !isUsual && !isKept) {
      noted.add(keyword);
      tell('note', 'not-in-model', what, span);
    }
    if (plan.loader !== 'u-boot' && U_BOOT.has(keyword) && !noted.has(keyword)) {
      noted.add(keyword);
      tell('note', 'u-boot-only', `${keyword} is for U-Boot; syslinux ignores it`, span);
    }
  }
}
