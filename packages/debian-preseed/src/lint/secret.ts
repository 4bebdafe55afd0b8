import { skipBlanks, skipWord } from '../text/text.js';

/** Returns true if the name of a question suggests that its value is a password. */
export function isSecret(question: string): boolean {
  // "passwd" also asks for names.
  return /passw|passphrase|wireless_w/.test(question.replace(/^passwd\//, ''));
}

const TYPES: ReadonlySet<string> = new Set(
  'string password select multiselect boolean note text'.split(' '),
);

/** Text in place of a secret. */
const HIDDEN = '(hidden)';
/** Maximum number of words before the question: a comment sign and the owner. */
const MAX_BEFORE = 2;

/** Returns the offset of a password's value in a line, even in a comment; undefined if the line has none. */
function secretStart(line: string): number | undefined {
  let end = 0;
  for (let word = 0; word <= MAX_BEFORE; word++) {
    const start = skipBlanks(line, end);
    end = skipWord(line, start);
    const question = line.slice(start, end);
    if (question.includes('/')) {
      const value = skipBlanks(line, end);
      const typeEnd = skipWord(line, value);
      const hasType = TYPES.has(line.slice(value, typeEnd));
      return isSecret(question) ? (hasType ? skipBlanks(line, typeEnd) : value) : undefined;
    }
  }
  return undefined;
}

/**
 * Returns a preseed with the values of all passwords and passphrases replaced by `(hidden)`, including those
 * that the installer does not read. The lines keep their numbers.
 */
export function maskPreseed(text: string): string {
  let isContinued = false;
  return text
    .split('\n')
    .map((line) => {
      const start = isContinued ? 0 : secretStart(line);
      if (start === undefined) {
        return line;
      }
      isContinued = line.trimEnd().endsWith('\\');
      const hasValue = start < line.length;
      return `${line.slice(0, start)}${hasValue ? HIDDEN : ''}${isContinued ? ' \\' : ''}`;
    })
    .join('\n');
}
