/**
 * Returns true if the character is a space or 0x08 (backspace) to 0x0d (CR): blanks in every encoding.
 */
export function isBlank(char: string): boolean {
  return char === ' ' || (char >= '\b' && char <= '\r');
}

/** Returns the text without leading or trailing blanks, as syslinux defines them. */
export function trimBlanks(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text.charAt(start))) {
    start += 1;
  }
  while (end > start && isBlank(text.charAt(end - 1))) {
    end -= 1;
  }
  return text.slice(start, end);
}

/** Returns true if the text has control characters, which a value in a menu file cannot contain. */
export function hasControlCharacters(text: string): boolean {
  for (const char of text) {
    if (char < ' ' || char === '\x7f') {
      return true;
    }
  }
  return false;
}

/** Returns true if every character is ASCII; other characters look different with each firmware's font. */
export function isAscii(text: string): boolean {
  for (const char of text) {
    if (char > '\x7f') {
      return false;
    }
  }
  return true;
}

/** Returns true if the text contains a blank or control character, and so is not a plain word. */
export function hasBlank(text: string): boolean {
  return text.includes(' ') || hasControlCharacters(text);
}

/** Returns the size in bytes of the text in UTF-8, the encoding in which files are served. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (const char of text) {
    const code = char.charCodeAt(0);
    if (code < 0x80) {
      bytes += 1;
    } else if (code < 0x800) {
      bytes += 2;
    } else {
      bytes += char.length === 1 ? 3 : 4;
    }
  }
  return bytes;
}

/**
 * Quotes a value for a message: truncated to 60 characters, without characters that a terminal
 * would interpret.
 */
export function quoted(value: string): string {
  return withoutControls(JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value));
}

/**
 * Returns the text with control characters (including C1, line endings and bidirectional controls)
 * written as `\u....`.
 */
export function withoutControls(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Returns a text as one line: without control characters, with line endings and tabs as spaces, trimmed. */
export function plainLine(text: string): string {
  return trimBlanks(withoutControlCharacters(text));
}

/** Returns the text without control characters; line endings and tabs become spaces. */
export function withoutControlCharacters(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are meant
  return text.replaceAll(/[\t-\r]/g, ' ').replaceAll(/[\u0000-\u001f\u007f]/g, '');
}

/** Distance between tab stops, in columns. */
export const TAB_WIDTH = 8;

/** Returns the line with tabs expanded to spaces. */
export function expandTabs(line: string): string {
  const [first = '', ...rest] = line.split('\t');
  return rest.reduce(
    (text, piece) =>
      `${text.padEnd((Math.floor(text.length / TAB_WIDTH) + 1) * TAB_WIDTH)}${piece}`,
    first,
  );
}
