/**
 * Access to the fields of a packet; no other code indexes its bytes. Text is read as Latin-1, one
 * character per byte, so that a file name in any encoding survives a round trip.
 */

/** Reads a big-endian 16-bit number at `offset`; undefined beyond the end. */
export function readUint16(bytes: Uint8Array, offset: number): number | undefined {
  const high = bytes[offset];
  const low = bytes[offset + 1];
  return high === undefined || low === undefined ? undefined : high * 0x100 + low;
}

/** Writes `value` big-endian at `offset`. */
export function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value & 0xff;
}

/** Reads text up to the next NUL, and the offset after it; undefined if there is no NUL. */
export function readTerminatedText(
  bytes: Uint8Array,
  offset: number,
): { readonly text: string; readonly end: number } | undefined {
  const nul = bytes.indexOf(0, offset);
  return nul < 0 ? undefined : { text: readText(bytes, offset, nul), end: nul + 1 };
}

/** Reads the bytes from `start` to `end` as Latin-1. */
export function readText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (const byte of bytes.subarray(start, end)) {
    text += String.fromCharCode(byte);
  }
  return text;
}

/**
 * Writes `text` and a NUL at `offset`.
 *
 * @returns the offset after the NUL
 */
export function writeTerminatedText(bytes: Uint8Array, offset: number, text: string): number {
  for (let index = 0; index < text.length; index += 1) {
    bytes[offset + index] = text.charCodeAt(index);
  }
  bytes[offset + text.length] = 0;
  return offset + text.length + 1;
}

/** Returns true if `text` can be encoded: no NUL, and one byte per character. */
export function isWireText(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit === 0 || unit > 0xff) {
      return false;
    }
  }
  return true;
}
