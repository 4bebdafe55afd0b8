/**
 * Returns the number at the start of a text, like C's atoi in syslinux: leading blanks, a sign,
 * decimal digits; 0 if there are none. The result wraps around at 32 bits, like an `int`.
 */
export function atoi(text: string): number {
  const match = /^[\b-\r \xa0]*([+-]?)(\d+)/.exec(text);
  if (match === null) {
    return 0;
  }
  const value = lastBits(String(match[2]), 10);
  return (match[1] === '-' ? -value : value) | 0;
}

/**
 * Returns the number at the start of a text, like C's strtoul with base 0, as an unsigned 32-bit
 * number: leading blanks, a sign, then decimal, `0x` hexadecimal or `0` octal digits (strntoumax() of
 * com32/lib/strntoumax.c). `-1` is 0xffffffff.
 */
export function strtoul(text: string): number {
  const signed = text.slice(text.search(/[^\b-\r \xa0]|$/));
  const digits = signed.replace(/^[+-]/, '');
  const isHex = /^0x/i.test(digits);
  const value = isHex
    ? lastBits(digits.slice(2), 16)
    : lastBits(digits, digits.startsWith('0') ? 8 : 10);
  return (signed.startsWith('-') ? -value : value) >>> 0;
}

/**
 * Returns the number at the start of the text, modulo 2^32. Computed digit by digit: converting the whole
 * text at once would lose the last bits of long numbers.
 */
function lastBits(text: string, base: number): number {
  let value = 0;
  for (const char of text) {
    const digit = Number.parseInt(char, base);
    if (Number.isNaN(digit)) {
      break;
    }
    value = (value * base + digit) % 0x1_0000_0000;
  }
  return value;
}
