import { isBlank, skipBlanks, skipWord, trimBlanksEnd } from '../text/text.js';
import { readDebconfLines } from './debconf-lines.js';
import { readInstallerLines } from './installer-lines.js';
import { type JoinedLine } from './logical-line.js';
import {
  type BrokenReason,
  type ParsedPreseed,
  type PreseedReader,
  type Statement,
  type Word,
} from './statement.js';

/** Options of {@link parsePreseed}. */
export interface ParsePreseedOptions {
  /** Program whose rules apply. @default 'installer' */
  readonly reader?: PreseedReader;
}

/**
 * Parses a preseed file exactly as Debian's installer reads it. Any text parses; what the installer cannot
 * read becomes a {@link BrokenStatement}. There is one exception: the installer replaces a line such as `*`,
 * a pattern without whitespace, with the names of the files that match it; here, the line stays as it is.
 *
 * @param text - contents of the file; a NUL character ends a line, as it does for the installer
 */
export function parsePreseed(text: string, options: ParsePreseedOptions = {}): ParsedPreseed {
  const { reader = 'installer' } = options;
  const isInstaller = reader === 'installer';
  const { lines, idleLines } = isInstaller ? readInstallerLines(text) : readDebconfLines(text);
  const statements: Statement[] = [];
  let isRead = true;
  for (const line of lines) {
    const statement = readStatement(line, reader, isRead);
    statements.push(statement);
    isRead &&= !(isInstaller && statement.type === 'broken');
  }
  return { reader, statements, idleLines };
}

function readStatement(
  { content, lastLine, isFinished }: JoinedLine,
  reader: PreseedReader,
  isRead: boolean,
): Statement {
  const { text } = content;
  const ownerAt = skipBlanks(text, 0);
  const ownerEnd = skipWord(text, ownerAt);
  const questionAt = skipBlanks(text, ownerEnd);
  const questionEnd = skipWord(text, questionAt);
  const typeAt = skipBlanks(text, questionEnd);
  const typeEnd = skipWord(text, typeAt);
  const word = (from: number, to: number): Word => ({
    text: text.slice(from, to),
    ...content.placeOf(from),
  });
  const base = { ...content.placeOf(ownerAt), lastLine, isRead };
  const broken = (reason: BrokenReason): Statement => ({ type: 'broken', reason, text, ...base });
  if (!isFinished) {
    return broken('unfinished');
  }
  // "d-i question " with a blank at its end has a question, but no type.
  if (questionAt === questionEnd) {
    return broken('no-question');
  }
  if (typeAt === typeEnd) {
    return broken('no-type');
  }
  const owner = word(ownerAt, ownerEnd);
  const question = word(questionAt, questionEnd);
  const value = readValue(text, typeEnd, reader, word);
  const valueType = word(typeAt, typeEnd);
  return valueType.text === 'seen'
    ? { type: 'flag', owner, question, value, ...base }
    : { type: 'answer', owner, question, valueType, value, ...base };
}

/** Reads the value after the type: debconf keeps all blanks but the first, the installer only those inside. */
function readValue(
  text: string,
  typeEnd: number,
  reader: PreseedReader,
  word: (from: number, to: number) => Word,
): Word {
  if (reader === 'debconf') {
    return word(typeEnd + (isBlank(text.charAt(typeEnd)) ? 1 : 0), text.length);
  }
  const from = skipBlanks(text, typeEnd);
  return word(from, Math.max(from, trimBlanksEnd(text).length));
}
