/**
 * Access to the fields of a message. Text is read as Latin-1, one character per byte, so that a file name in
 * any encoding survives a round trip.
 */

/** Returns the value of at most six bytes as a big-endian number. */
export function readUint(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 0x100 + byte, 0);
}

/** Returns all bytes as Latin-1 text. */
export function readText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    text += String.fromCharCode(byte);
  }
  return text;
}

/** Returns the bytes up to the first NUL as Latin-1 text; all of them if there is none. */
export function readTerminatedText(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0);
  return readText(nul < 0 ? bytes : bytes.subarray(0, nul));
}

/**
 * Returns the Latin-1 bytes of a text, one per character.
 *
 * @throws RangeError when the text contains a NUL or a character above U+00FF
 */
export function textBytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (char) => {
    const unit = char.charCodeAt(0);
    if (unit === 0 || unit > 0xff) {
      throw new RangeError(
        `text contains a NUL or a character above U+00FF: ${JSON.stringify(text)}`,
      );
    }
    return unit;
  });
}

/** Returns the bytes as lower-case hexadecimal digits, joined by `separator`. */
export function hexText(bytes: Uint8Array, separator = ''): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(separator);
}

/** Joins byte arrays; a single one is returned unchanged. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) {
    return first;
  }
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/**
 * Returns `value` unchanged.
 *
 * @throws RangeError when it is not an integer from 0 to `max`
 */
export function expectUint(field: string, value: number, max: number): number {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(`${field} must be an integer from 0 to ${max}, got ${value}`);
  }
  return value;
}
