import { type SourceLine } from './file-cursor.js';
import { endsWord, restOfLine, skipBlanks, wordAt } from './keyword.js';

/** Line with its first word or words separated. */
export interface Statement {
  readonly line: SourceLine;
  /** First word, folded for comparison; see {@link foldWord}. */
  readonly keyword: string;
  /** Offset in the line after the keyword. */
  readonly offset: number;
}

/** Maximum length of a keyword, with some margin. */
const MAX_KEYWORD_LENGTH = 24;

/**
 * Returns a word as syslinux compares keywords: bit 0x20 is ignored, so `menu` and `MENU` are equal, and so are
 * a backquote and an at sign. Returns an empty text for a word that is longer than any keyword.
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

/** Reads the word at `offset` as a keyword. */
export function statementAt(line: SourceLine, offset: number): Statement {
  const start = skipBlanks(line.text, offset);
  const word = wordAt(line.text, start);
  return { line, keyword: foldWord(word), offset: start + word.length };
}

/** Returns the text after the keyword, without leading blanks. */
export function valueOf(statement: Statement): string {
  return restOfLine(statement.line.text, statement.offset);
}

/** Returns the words after the keyword, at most `count`. */
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

/** Makes a table of values by folded keyword; the given keywords may be in any case. */
export function keywordTable<Value>(
  entries: Readonly<Record<string, Value>>,
): ReadonlyMap<string, Value> {
  return new Map(Object.entries(entries).map(([word, value]) => [foldWord(word), value]));
}
