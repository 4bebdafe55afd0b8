/**
 * Text as syslinux has it: each character of the string is one byte, 0 to 0xff. Syslinux knows no
 * encodings, so that files are read in this form and decoded where people see them.
 */
export type ByteString = string;

/** Encodings of a menu file that people see as text. */
export type TextEncoding = 'utf-8' | 'cp437';

/** The upper half of code page 437, which PC fonts show for bytes from 0x80 on. */
const UPPER_HALF =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»' +
  '░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀' +
  'αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

const CP437_BYTES: ReadonlyMap<string, string> = new Map(
  Array.from(UPPER_HALF, (char, index) => [char, String.fromCharCode(0x80 + index)]),
);

/** Number of characters joined per call, since a call takes a limited number of arguments. */
const PIECE = 8192;

/** The bytes as a string of bytes. */
export function byteString(bytes: Uint8Array): ByteString {
  let text = '';
  for (let offset = 0; offset < bytes.length; offset += PIECE) {
    text += String.fromCharCode(...bytes.subarray(offset, offset + PIECE));
  }
  return text;
}

/** The bytes of a string of bytes. */
export function bytesOf(text: ByteString): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** Characters that a PC's font shows for the bytes. */
export function decodeCp437(bytes: ByteString): string {
  return bytes.replace(/[\u0080-\u00ff]/g, (char) => UPPER_HALF.charAt(char.charCodeAt(0) - 0x80));
}

/** The text in code page 437; characters that it lacks become `?`. */
export function encodeCp437(text: string): ByteString {
  return text.replace(/[^\0-\u007f]/gu, (char) => CP437_BYTES.get(char) ?? '?');
}

/** The text in UTF-8; half a surrogate pair becomes U+FFFD. */
export function encodeUtf8(text: string): ByteString {
  return text.replace(/[^\0-\u007f]/gu, (char) => {
    const code = Number(char.codePointAt(0));
    return utf8Bytes(code >= 0xd800 && code <= 0xdfff ? 0xfffd : code);
  });
}

function utf8Bytes(code: number): ByteString {
  const tail = (shift: number): number => 0x80 | ((code >> shift) & 0x3f);
  if (code < 0x800) {
    return String.fromCharCode(0xc0 | (code >> 6), tail(0));
  }
  if (code < 0x1_0000) {
    return String.fromCharCode(0xe0 | (code >> 12), tail(6), tail(0));
  }
  return String.fromCharCode(0xf0 | (code >> 18), tail(12), tail(6), tail(0));
}

/** A character of more than one byte in UTF-8 (RFC 3629), or a byte that is in none. */
const UTF8_PIECE =
  /[\u00c2-\u00df][\u0080-\u00bf]|[\u00e0-\u00ef][\u0080-\u00bf]{2}|[\u00f0-\u00f4][\u0080-\u00bf]{3}|[\u0080-\u00ff]/g;

/** The text that the bytes are in UTF-8; bytes that are not become U+FFFD. */
export function decodeUtf8(bytes: ByteString): string {
  return bytes.replace(UTF8_PIECE, (piece) => decodePiece(piece) ?? '\ufffd');
}

/** True if the bytes are valid UTF-8. */
export function isUtf8(bytes: ByteString): boolean {
  for (const [piece] of bytes.matchAll(UTF8_PIECE)) {
    if (decodePiece(piece) === undefined) {
      return false;
    }
  }
  return true;
}

function decodePiece(piece: ByteString): string | undefined {
  const [first = 0, ...rest] = Array.from(piece, (char) => char.charCodeAt(0));
  if (rest.length === 0) {
    return undefined;
  }
  const lead = first & (0x3f >> rest.length);
  const code = rest.reduce((value, byte) => (value << 6) | (byte & 0x3f), lead);
  const least = rest.length === 1 ? 0x80 : rest.length === 2 ? 0x800 : 0x1_0000;
  const isShortest = code >= least;
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  return isShortest && !isSurrogate && code <= 0x10_ffff ? String.fromCodePoint(code) : undefined;
}

/** The text that people see. */
export function decodeText(bytes: ByteString, encoding: TextEncoding): string {
  return encoding === 'utf-8' ? decodeUtf8(bytes) : decodeCp437(bytes);
}

/**
 * The bytes of a text: UTF-8, or code page 437, which is what the screens of PCs show.
 *
 * @param encoding - @default 'utf-8'
 */
export function encodeText(text: string, encoding: TextEncoding = 'utf-8'): Uint8Array {
  return bytesOf(encoding === 'utf-8' ? encodeUtf8(text) : encodeCp437(text));
}
