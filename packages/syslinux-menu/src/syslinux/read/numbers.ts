import { restOfLine } from '../keyword.js';

/** C's atoi: blanks, a sign, decimal digits; 0 when there are none. Kept within 32 bits. */
export function atoi(text: string): number {
  const match = /^[\t-\r ]*([+-]?\d+)/.exec(text);
  return match === null ? 0 : clamp(Number(match[1]));
}

/** C's strtoul with base 0: decimal, `0x` hexadecimal or `0` octal; 0 when it is none. */
export function strtoul(text: string): number {
  const digits = restOfLine(text, 0);
  const hex = /^0x([0-9a-f]+)/i.exec(digits)?.[1];
  if (hex !== undefined) return clamp(Number.parseInt(hex, 16));
  const octal = /^0[0-7]*/.exec(digits)?.[0];
  if (octal !== undefined) return clamp(Number.parseInt(octal, 8));
  return clamp(Number(/^\d+/.exec(digits)?.[0] ?? '0'));
}

function clamp(value: number): number {
  return Math.max(-0x8000_0000, Math.min(value, 0xffff_ffff));
}
