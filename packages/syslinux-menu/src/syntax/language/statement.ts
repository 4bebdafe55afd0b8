import { type SourceLine } from './file-cursor.js';
import { endsWord, restOfLine, skipBlanks, wordAt } from './keyword.js';

/** A line, taken apart as far as its first word or words go. */
export interface Statement {
  readonly line: SourceLine;
  /** The first word, folded for comparison; see {@link foldWord}. */
  readonly keyword: string;
  /** Offset in the line behind the keyword. */
  readonly offset: number;
}

/** Longest keyword of the language, and some. */
const MAX_KEYWORD_LENGTH = 24;

/**
 * A word as syslinux compares keywords: bit 0x20 does not count, so that `menu`, `MENU` and even
 * `M%NU` are the same.
 */
export function foldWord(word: string): string {
  if (word.length > MAX_KEYWORD_LENGTH) {
    return '';
  }
  let folded = '';
  for (let index = 0; index < word.length; index += 1) {
    folded += String.fromCharCode(word.charCodeAt(index) & ~0x20);
  }
  return folded;
}

/** Takes the word at `offset` for a keyword. */
export function statementAt(line: SourceLine, offset: number): Statement {
  const start = skipBlanks(line.text, offset);
  const word = wordAt(line.text, start);
  return { line, keyword: foldWord(word), offset: start + word.length };
}

/** The rest of the line behind the keyword, blanks before it skipped. */
export function valueOf(statement: Statement): string {
  return restOfLine(statement.line.text, statement.offset);
}

/** The words behind the keyword, at most `count`. */
export function wordsOf(statement: Statement, count: number): readonly string[] {
  const { text } = statement.line;
  const words: string[] = [];
  let offset = skipBlanks(text, statement.offset);
  while (words.length < count && offset < text.length && !endsWord(text.charAt(offset))) {
    const word = wordAt(text, offset);
    words.push(word);
    offset = skipBlanks(text, offset + word.length);
  }
  return words;
}

/** A table from keywords, written in any case, to what they do. */
export function keywordTable<Value>(
  entries: Readonly<Record<string, Value>>,
): ReadonlyMap<string, Value> {
  return new Map(Object.entries(entries).map(([word, value]) => [foldWord(word), value]));
}
