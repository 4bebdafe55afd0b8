import { isBlank } from '../text.js';

/**
 * Whether a keyword stands at `offset`, as syslinux compares: characters that differ only in bit
 * 0x20 are equal (so not only letters: "`" is "@"), and a blank or the end of the line follows.
 *
 * @param keyword in lower case
 * @returns the offset behind the keyword, or undefined
 */
export function lookingAt(line: string, offset: number, keyword: string): number | undefined {
  for (let index = 0; index < keyword.length; index += 1) {
    const difference = line.charCodeAt(offset + index) ^ keyword.charCodeAt(index);
    if (offset + index >= line.length || (difference & ~0x20) !== 0) return undefined;
  }
  const end = offset + keyword.length;
  return end >= line.length || isBlank(line.charAt(end)) ? end : undefined;
}

/** The offset of the first character from `offset` on that is not a blank. */
export function skipBlanks(line: string, offset: number): number {
  let index = offset;
  while (index < line.length && isBlank(line.charAt(index))) index += 1;
  return index;
}

/** What follows `offset`, blanks skipped; trailing blanks belong to it. */
export function restOfLine(line: string, offset: number): string {
  return line.slice(skipBlanks(line, offset));
}

/** The word that begins at `offset`; empty at a blank or the end of the line. */
export function wordAt(line: string, offset: number): string {
  let end = offset;
  while (end < line.length && !isBlank(line.charAt(end))) end += 1;
  return line.slice(offset, end);
}
