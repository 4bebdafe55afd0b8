import { atoi } from '../language/numbers.js';
import { type Rules } from './report.js';

/** Messages about directives that the model cannot express, by keyword. */
const NOT_IN_MODEL: ReadonlyMap<string, string> = new Map([
  ['NOESCAPE', 'NOESCAPE is not in the model: in other loaders, Shift does not leave the menu'],
  ['TOTALTIMEOUT', 'TOTALTIMEOUT replaces the countdown if that is longer or missing'],
  ['F-KEY', 'the texts of function keys are not in the model'],
  ['SAY', 'SAY texts are not in the model'],
  ['DISPLAY', 'the text file of DISPLAY is not in the model'],
  ['FONT', 'FONT is not in the model'],
  ['KBDMAP', 'KBDMAP is not in the model'],
  ['PATH', 'PATH is not in the model: names of modules are unchanged'],
  ['ONERROR', 'ONERROR is not in the model'],
  ['CONSOLE', 'CONSOLE is not in the model'],
  ['NOCOMPLETE', 'NOCOMPLETE is not in the model'],
  ['NOHALT', 'NOHALT is not in the model'],
  ['PXERETRY', 'PXERETRY is not in the model'],
  ['SENDCOOKIES', 'SENDCOOKIES is not in the model'],
  ['MENU HIDE', 'entries with MENU HIDE are not in the model'],
  ['MENU ONERROR', 'MENU ONERROR is not in the model'],
  ['MENU SHIFTKEY', 'MENU SHIFTKEY is not in the model'],
  ['MENU SAVE', 'MENU SAVE is not in the model'],
  ['MENU NOSAVE', 'MENU NOSAVE is not in the model'],
  ['MENU IMMEDIATE', 'MENU IMMEDIATE is not in the model'],
  ['MENU NOIMMEDIATE', 'MENU NOIMMEDIATE is not in the model'],
  ['MENU HIDDENKEY', 'MENU HIDDENKEY is not in the model'],
  ['MENU CLEAR', 'MENU CLEAR is not in the model'],
  ['MENU MSGCOLOR', 'MENU MSGCOLOR is not in the model'],
  ['MENU MSGCOLOUR', 'MENU MSGCOLOUR is not in the model'],
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
