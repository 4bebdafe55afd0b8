/** Maximum length of a file name in a log line, in characters. */
const MAX_NAME_LENGTH = 256;

/**
 * Control characters and invisible ones: controls, bidirectional marks and other format characters, line
 * separators, lone surrogates, and default-ignorable code points.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** The characters in {@link UNSEEN} except line feeds and tabs, for multi-line text. */
const UNSEEN_IN_LINES =
  /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Escapes a peer's text for a message: `a<ESC>b` becomes `a\u{1b}b`. */
export function printable(text: string): string {
  return text.replace(UNSEEN, escaped);
}

/**
 * Escapes multi-line text for a terminal, as {@link printable} does, but keeps line feeds and tabs.
 */
export function printableLines(text: string): string {
  return text.replace(UNSEEN_IN_LINES, escaped);
}

/** Escapes the invisible characters in JSON, without changing its value. */
export function printableJson(json: string): string {
  return json.replace(UNSEEN_IN_LINES, (character) =>
    // JSON escapes characters beyond U+FFFF as two surrogates.
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/** Minimum length of a token, or of what is left of one, in characters. */
const MIN_TOKEN_LENGTH = 20;

/**
 * Escapes a file name or another short text from a peer, hides the tokens of installations in it, and
 * shortens it to at most 256 characters.
 */
export function printableName(name: string): string {
  return shortened(printable(withoutTokens(shortened(name))));
}

/** Returns a path without the tokens of installations, which follow a folder `p` or `i`. */
export function withoutTokens(path: string): string {
  let folder = '';
  return path
    .split('/')
    .map((segment) => {
      const isToken = /^[pi]$/i.test(folder) && segment.length >= MIN_TOKEN_LENGTH;
      folder = segment === '' ? folder : segment;
      return isToken ? '***' : segment;
    })
    .join('/');
}

/** Shortens a text to `maxLength` characters, ending in "..." if it was longer. */
export function shortened(text: string, maxLength = MAX_NAME_LENGTH): string {
  return text.length > maxLength ? `${text.slice(0, maxLength - 3)}...` : text;
}

/** Returns a copy of a text that, unlike a substring, does not keep the original text in memory. */
export function ownCopy(text: string): string {
  return Buffer.from(text).toString();
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
