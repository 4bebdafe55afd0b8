import { type ByteString } from '../../text/encoding.js';

/**
 * Returns true if a word ends at the byte: any byte up to the space, or DEL (my_isspace() of
 * com32/include/menu.h).
 */
export function endsWord(byte: string): boolean {
  return byte <= ' ' || byte === '\x7f';
}

/**
 * Returns true if the byte is skipped before a value: isspace() of ISO 8859-1, where 0xa0 is a
 * no-break space (com32/lib/ctypes.c). Differs from {@link endsWord}.
 */
export function isSkipped(byte: string): boolean {
  return byte === ' ' || (byte >= '\b' && byte <= '\r') || byte === '\xa0';
}

/**
 * Matches a keyword at `offset` as syslinux does: characters that differ only in bit 0x20 are equal
 * (even a backquote and an at sign), and a blank or the end of the line must follow.
 *
 * @param keyword - keyword in lower case
 * @returns the offset after the keyword, or undefined
 */
export function lookingAt(line: ByteString, offset: number, keyword: string): number | undefined {
  for (let index = 0; index < keyword.length; index += 1) {
    const difference = line.charCodeAt(offset + index) ^ keyword.charCodeAt(index);
    if (offset + index >= line.length || (difference & ~0x20) !== 0) {
      return undefined;
    }
  }
  const end = offset + keyword.length;
  return end >= line.length || endsWord(line.charAt(end)) ? end : undefined;
}

/** Returns the offset of the first byte, from `offset`, that is not skipped. */
export function skipBlanks(line: ByteString, offset: number): number {
  let index = offset;
  while (index < line.length && isSkipped(line.charAt(index))) {
    index += 1;
  }
  return index;
}

/** Returns the text from `offset`, without leading blanks; trailing blanks are kept. */
export function restOfLine(line: ByteString, offset: number): string {
  return line.slice(skipBlanks(line, offset));
}

/** Returns the word at `offset`; empty at a blank or the end of the line. */
export function wordAt(line: ByteString, offset: number): string {
  let end = offset;
  while (end < line.length && !endsWord(line.charAt(end))) {
    end += 1;
  }
  return line.slice(offset, end);
}
