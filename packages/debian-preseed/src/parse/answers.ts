import { skipWord } from '../text/text.js';
import { type AnswerStatement, type ParsedPreseed, type Word } from './statement.js';

/** Entry of the installer's database for a question, after the file has been read. */
export interface CollectedAnswer {
  /** Name of the question. */
  readonly question: string;
  /** True if the question counts as asked, so the installer shows it only if necessary. */
  readonly isSeen: boolean;
  /** Value, unless the file only has a flag for the question. */
  readonly value?: Word;
  /** Statement that the value is from: the last one for the question. */
  readonly statement?: AnswerStatement;
}

/**
 * Returns the entries of the reader's database after it has read the file: for each question its last
 * value, and the flag `seen`. Statements that are not read do not count.
 *
 * @param isLoaded - returns true for a question that exists before the file is read; a flag for any other
 *   question is ignored unless the file has already answered that question
 */
export function collectAnswers(
  { reader, statements }: ParsedPreseed,
  isLoaded: (question: string) => boolean = () => false,
): ReadonlyMap<string, CollectedAnswer> {
  const answers = new Map<string, CollectedAnswer>();
  for (const statement of statements) {
    if (!statement.isRead || statement.type === 'broken') {
      continue;
    }
    const question = statement.question.text;
    const earlier = answers.get(question);
    if (statement.type === 'answer') {
      if (reader === 'debconf' && !DEBCONF_TYPES.has(statement.valueType.text)) {
        continue;
      }
      answers.set(question, { question, isSeen: true, value: statement.value, statement });
    } else if (
      (earlier !== undefined || isLoaded(question)) &&
      (reader === 'debconf' || isOneWord(statement.value.text))
    ) {
      answers.set(question, { ...earlier, question, isSeen: statement.value.text === 'true' });
    }
  }
  return answers;
}

/** Types that debconf knows; lines with any other type are skipped. */
export const DEBCONF_TYPES: ReadonlySet<string> = new Set(
  'select boolean string multiselect note password text title'.split(' '),
);

/** Returns true if the text is exactly one word; otherwise, the command that sets a flag fails. */
function isOneWord(text: string): boolean {
  return text !== '' && skipWord(text, 0) === text.length;
}
