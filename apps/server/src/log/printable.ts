/** Maximum length of a file name in a log line, in characters. */
const MAX_NAME_LENGTH = 256;

/**
 * Control and invisible characters: controls, bidirectional marks and other format characters, line
 * separators, lone surrogates, and default-ignorable code points.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** The same except line feeds and tabs, for texts of several lines. */
const UNSEEN_IN_LINES =
  /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Escapes a peer's text for a message: `a<ESC>b` becomes `a\u{1b}b`. */
export function printable(text: string): string {
  return text.replace(UNSEEN, escaped);
}

/**
 * Escapes a text of several lines for a terminal, as {@link printable} does, but keeps line feeds and tabs.
 */
export function printableLines(text: string): string {
  return text.replace(UNSEEN_IN_LINES, escaped);
}

/** Escapes a file name or another short text of a peer, and shortens it to 256 characters. */
export function printableName(name: string): string {
  return shortened(printable(shortened(name)));
}

/** Shortens a text to `maxLength` characters, ending in "..." if it was longer. */
export function shortened(text: string, maxLength = MAX_NAME_LENGTH): string {
  return text.length > maxLength ? `${text.slice(0, maxLength - 3)}...` : text;
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
