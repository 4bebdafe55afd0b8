/**
 * A key as the menu program compares it: bit 0x20 is dropped, which makes both cases of a letter
 * the same (and other characters, too: `[` and `{`).
 */
export function foldKey(key: string): number {
  return key.charCodeAt(0) & ~0x20;
}
