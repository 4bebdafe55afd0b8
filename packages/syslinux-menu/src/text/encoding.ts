/**
 * Text as syslinux stores it: each character of the string is one byte, 0 to 0xff. Syslinux has no
 * notion of encodings, so files are read in this form and decoded for display.
 */
export type ByteString = string;

/** Encodings of texts in a menu file. */
export type TextEncoding = 'utf-8' | 'cp437';

/** The upper half of code page 437, which PC fonts show for bytes from 0x80 on. */
const UPPER_HALF =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»' +
  '░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀' +
  'αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

const CP437_BYTES: ReadonlyMap<string, string> = new Map(
  Array.from(UPPER_HALF, (char, index) => [char, String.fromCharCode(0x80 + index)]),
);

/** Number of characters joined per call: the number of arguments of a call is limited. */
const PIECE = 8192;

/** Converts bytes to a string of bytes. */
export function byteString(bytes: Uint8Array): ByteString {
  let text = '';
  for (let offset = 0; offset < bytes.length; offset += PIECE) {
    text += String.fromCharCode(...bytes.subarray(offset, offset + PIECE));
  }
  return text;
}

/** Converts a string of bytes to bytes. */
export function bytesOf(text: ByteString): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** Returns the characters that a PC's font shows for the bytes. */
export function decodeCp437(bytes: ByteString): string {
  return bytes.replace(/[\u0080-\u00ff]/g, (char) => UPPER_HALF.charAt(char.charCodeAt(0) - 0x80));
}

/** Encodes text in code page 437. Characters that it lacks become `?`. */
export function encodeCp437(text: string): ByteString {
  return text.replace(/[^\0-\u007f]/gu, (char) => CP437_BYTES.get(char) ?? '?');
}

/** Encodes text in UTF-8. A lone surrogate becomes U+FFFD. */
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

/**
 * Matches a UTF-8 character of more than one byte (RFC 3629), or a byte that is not part of one.
 */
const UTF8_PIECE =
  /[\u00c2-\u00df][\u0080-\u00bf]|[\u00e0-\u00ef][\u0080-\u00bf]{2}|[\u00f0-\u00f4][\u0080-\u00bf]{3}|[\u0080-\u00ff]/g;

/** Decodes bytes as UTF-8. Invalid bytes become U+FFFD. */
export function decodeUtf8(bytes: ByteString): string {
  return bytes.replace(UTF8_PIECE, (piece) => decodePiece(piece) ?? '\ufffd');
}

/** Returns true if the bytes are valid UTF-8. */
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

/** Decodes bytes to the text that people see. */
export function decodeText(bytes: ByteString, encoding: TextEncoding): string {
  return encoding === 'utf-8' ? decodeUtf8(bytes) : decodeCp437(bytes);
}

/**
 * Encodes text in UTF-8, or in code page 437, which PC screens display.
 *
 * @param encoding - encoding of the result. @default 'utf-8'
 */
export function encodeText(text: string, encoding: TextEncoding = 'utf-8'): Uint8Array {
  return bytesOf(encoding === 'utf-8' ? encodeUtf8(text) : encodeCp437(text));
}
