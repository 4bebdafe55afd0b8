import { foldKey } from '../model/hotkey.js';
import { type MenuItem } from '../model/menu.js';
import { hasBlank, isAscii, quoted } from '../text/text.js';
import { type Findings } from './findings.js';

/** Keys that navigate the menu; the menu program handles them before any hotkey. */
const NAVIGATION_KEYS = '<>+-';

/** Checks the hotkeys of one menu's items. */
export function checkHotkeys(items: readonly MenuItem[], prefix: string, findings: Findings): void {
  const taken = new Map<number, string>();
  for (const [index, item] of items.entries()) {
    if (item.type === 'separator' || item.hotkey === undefined) {
      continue;
    }
    const path = `${prefix}items[${index}].hotkey`;
    const fault = hotkeyFault(item.hotkey, item.label);
    if (fault !== undefined) {
      findings.error(path, 'bad-hotkey', `hotkey ${quoted(item.hotkey)} ${fault}`);
      continue;
    }
    // A disabled entry's key stays free, as in the menu program.
    if (item.type !== 'submenu' && item.disabled === true) {
      continue;
    }
    const other = taken.get(foldKey(item.hotkey));
    if (other !== undefined) {
      findings.error(
        path,
        'duplicate-hotkey',
        `hotkey ${quoted(item.hotkey)} already belongs to ${quoted(other)}; choose another letter`,
      );
    }
    taken.set(foldKey(item.hotkey), item.label);
  }
}

/** Returns what is wrong with a hotkey, as the end of a sentence; undefined for a valid one. */
export function hotkeyFault(hotkey: string, label: string): string | undefined {
  if (hotkey.length !== 1) {
    return 'must be one character';
  }
  if (!isAscii(hotkey) || hasBlank(hotkey) || hotkey === '^') {
    return 'must be a printable ASCII character other than a space or ^';
  }
  if (NAVIGATION_KEYS.includes(hotkey)) {
    return 'is a key that moves the selection; choose another';
  }
  if (!label.includes(hotkey)) {
    return `does not occur in the label ${quoted(label)}`;
  }
  return undefined;
}
