/**
 * C's atoi as syslinux has it: skipped bytes, a sign, decimal digits; 0 when there are none. The
 * result is kept within 32 bits, as an `int`.
 */
export function atoi(text: string): number {
  const match = /^[\b-\r \xa0]*([+-]?)(\d+)/.exec(text);
  if (match === null) return 0;
  const value = lastBits(String(match[2]), 10);
  return (match[1] === '-' ? -value : value) | 0;
}

/**
 * C's strtoul with base 0 as an unsigned 32-bit number: a sign, then decimal, `0x` hexadecimal or
 * `0` octal digits (strntoumax() of com32/lib/strntoumax.c). `-1` is 0xffffffff.
 */
export function strtoul(text: string): number {
  const match = /^[\b-\r \xa0]*([+-]?)(?:0x([0-9a-f]*)|(0[0-7]*)|(\d*))/i.exec(text);
  const [, sign, hex, octal, decimal = ''] = match ?? [];
  const value =
    hex !== undefined
      ? lastBits(hex, 16)
      : octal !== undefined
        ? lastBits(octal, 8)
        : lastBits(decimal, 10);
  return (sign === '-' ? -value : value) >>> 0;
}

/** The number modulo 2^32, digit by digit: longer ones would lose their last bits. */
function lastBits(digits: string, base: number): number {
  let value = 0;
  for (const digit of digits) value = (value * base + Number.parseInt(digit, base)) % 0x1_0000_0000;
  return value;
}
