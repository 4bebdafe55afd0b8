/** The upper half of code page 437, which PC fonts show for bytes from 0x80 on. */
const UPPER_HALF =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»' +
  '░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀' +
  'αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

/** The text as the firmware's font shows it: each byte of its UTF-8 form is one character. */
export function screenText(text: string): string {
  let shown = '';
  for (const char of text) {
    if (char <= '\x7f') shown += char;
    else for (const byte of utf8Bytes(char)) shown += UPPER_HALF.charAt(byte - 0x80);
  }
  return shown;
}

/** The bytes of a character that is not ASCII. */
function utf8Bytes(char: string): readonly number[] {
  const [high, low] = [char.charCodeAt(0), char.charCodeAt(1)];
  const code = char.length === 1 ? high : 0x1_0000 + (((high & 0x3ff) << 10) | (low & 0x3ff));
  const tail = (shift: number): number => 0x80 | ((code >> shift) & 0x3f);
  if (code < 0x800) return [0xc0 | (code >> 6), tail(0)];
  if (code < 0x1_0000) return [0xe0 | (code >> 12), tail(6), tail(0)];
  return [0xf0 | (code >> 18), tail(12), tail(6), tail(0)];
}
