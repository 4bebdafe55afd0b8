/** Longest name of a file that a log line quotes, in characters. */
const MAX_NAME_LENGTH = 256;

/**
 * Characters that a terminal obeys or that nobody sees: controls, bidirectional marks and other
 * format characters, line separators, lone surrogates, and whatever Unicode lets a font leave out.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** The same without line feeds and tabs, which shape a text of several lines. */
const UNSEEN_IN_LINES =
  /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** A peer's text as it may stand in a message: `a<ESC>b` becomes `a\u{1b}b`. */
export function printable(text: string): string {
  return text.replace(UNSEEN, escaped);
}

/** A text of several lines as it may stand on a terminal: {@link printable}, line by line. */
export function printableLines(text: string): string {
  return text.replace(UNSEEN_IN_LINES, escaped);
}

/** A file's name, or another short text of a peer: {@link printable} and at most 256 characters. */
export function printableName(name: string): string {
  return shortened(printable(shortened(name)));
}

/** At most `maxLength` characters, the last three of them "..." where some are missing. */
export function shortened(text: string, maxLength = MAX_NAME_LENGTH): string {
  return text.length > maxLength ? `${text.slice(0, maxLength - 3)}...` : text;
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
