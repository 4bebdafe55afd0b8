/**
 * Returns the code of a key as the menu program compares it: bit 0x20 is cleared, which makes upper
 * and lower case equal (and some other pairs, such as `[` and `{`).
 */
export function foldKey(key: string): number {
  return key.charCodeAt(0) & ~0x20;
}
