/**
 * Access to the fields of a packet. Other code indexes packet bytes directly only for the opcode. Text is
 * read as Latin-1, one character per byte, so that a file name in any encoding survives a round trip.
 */

/** Returns the big-endian 16-bit number at `offset`; undefined if it does not fit in the bytes. */
export function readUint16(bytes: Uint8Array, offset: number): number | undefined {
  const high = bytes[offset];
  const low = bytes[offset + 1];
  return high === undefined || low === undefined ? undefined : high * 0x100 + low;
}

/** Writes `value` at `offset` as a big-endian 16-bit number. */
export function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value & 0xff;
}

/**
 * Returns the text from `offset` to the next NUL and the offset after that NUL; undefined if there is no NUL.
 */
export function readTerminatedText(
  bytes: Uint8Array,
  offset: number,
): { readonly text: string; readonly end: number } | undefined {
  const nul = bytes.indexOf(0, offset);
  return nul < 0 ? undefined : { text: readText(bytes, offset, nul), end: nul + 1 };
}

/**
 * Returns the bytes from `start` up to, but not including, `end` as Latin-1 text. The characters are joined, not
 * appended one by one: V8 would keep each intermediate text, at 32 bytes for each character, as long as the result.
 */
export function readText(bytes: Uint8Array, start: number, end: number): string {
  const characters: string[] = [];
  for (const byte of bytes.subarray(start, end)) {
    characters.push(String.fromCharCode(byte));
  }
  return characters.join('');
}

/**
 * Writes `text`, one byte per character, and a NUL at `offset`.
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
