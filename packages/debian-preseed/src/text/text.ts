/** Characters that the installer's tools treat as blanks: in its locale, only these ASCII ones. */
const BLANKS = ' \t\v\f\r';

/** Returns true if the installer treats the character as a blank. */
export function isBlank(char: string): boolean {
  return char !== '' && BLANKS.includes(char);
}

/** Returns the offset of the first character at or after `from` that is not a blank. */
export function skipBlanks(text: string, from: number): number {
  let at = from;
  while (isBlank(text.charAt(at))) {
    at += 1;
  }
  return at;
}

/** Returns the offset of the first blank at or after `from`, or the length of the text. */
export function skipWord(text: string, from: number): number {
  let at = from;
  while (at < text.length && !isBlank(text.charAt(at))) {
    at += 1;
  }
  return at;
}

/** Returns the text without trailing blanks. */
export function trimBlanksEnd(text: string): string {
  let end = text.length;
  while (isBlank(text.charAt(end - 1))) {
    end -= 1;
  }
  return text.slice(0, end);
}

/** Returns the text with control and formatting characters as `\u{...}`, safe for terminals. */
export function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escaped);
}

function escaped(char: string): string {
  return `\\u{${Number(char.codePointAt(0)).toString(16)}}`;
}

/** Returns the text in double quotes, cut to a length that fits in a message. */
export function quoted(text: string): string {
  const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return `"${withoutControls(shown)}"`;
}
