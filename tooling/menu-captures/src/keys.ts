/** Keys by the names of `MenuNavigator`, with QEMU's names. */
const NAMED_KEYS: Readonly<Record<string, string>> = {
  up: 'up',
  down: 'down',
  enter: 'ret',
  escape: 'esc',
  tab: 'tab',
  pageup: 'pgup',
  pagedown: 'pgdn',
  home: 'home',
  end: 'end',
  left: 'left',
  right: 'right',
  backspace: 'backspace',
  delete: 'delete',
  ' ': 'spc',
  '-': 'minus',
  '.': 'dot',
};

/** Keys that need Shift on a US keyboard. */
const SHIFTED_KEYS: Readonly<Record<string, string>> = { '+': 'equal', '<': 'comma', '>': 'dot' };

/** Returns the keys to press together for one key of a scenario. */
export function qemuKeys(key: string): readonly string[] {
  const named = NAMED_KEYS[key];
  if (named !== undefined) {
    return [named];
  }
  const shifted = SHIFTED_KEYS[key];
  if (shifted !== undefined) {
    return ['shift', shifted];
  }
  if (/^[a-z0-9]$/.test(key)) {
    return [key];
  }
  throw new Error(`no key is named ${JSON.stringify(key)}`);
}
