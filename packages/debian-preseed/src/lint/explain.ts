import { parsePreseed } from '../parse/parse.js';
import { type Statement } from '../parse/statement.js';
import { type Suite } from '../questions/question.js';
import { findQuestion } from '../questions/questions.js';
import { quoted } from '../text/text.js';
import { isSecret } from './secret.js';

/** Meaning of a statement of a preseed file. */
export interface Explanation {
  /** First line of the statement, from 1. */
  readonly line: number;
  /** Last line of the statement. */
  readonly lastLine: number;
  /** One sentence. Never contains a password. */
  readonly text: string;
}

/**
 * Explains each statement of a preseed file: the question in English, and the answer as the installer
 * reads it.
 *
 * @param text - contents of the file
 */
export function explainPreseed(
  text: string,
  options: { readonly suite?: Suite } = {},
): readonly Explanation[] {
  const { suite = 'trixie' } = options;
  return parsePreseed(text).statements.map((statement) => ({
    line: statement.line,
    lastLine: statement.lastLine,
    text: statement.isRead
      ? explain(statement, suite)
      : 'is not read: the installer stops before this line',
  }));
}

function explain(statement: Statement, suite: Suite): string {
  if (statement.type === 'broken') {
    return statement.reason === 'unfinished'
      ? 'is dropped: the file ends after a backslash'
      : 'is broken: the installer stops here';
  }
  const name = statement.question.text;
  const value = statement.value.text;
  if (statement.type === 'flag') {
    return `${name}: counts as ${value === 'true' ? 'asked' : 'not asked'}`;
  }
  const question = findQuestion(name, suite);
  const description = question?.description ?? '';
  const isHidden = isSecret(name) || question?.type === 'password';
  const answer = isHidden && value !== '' ? 'a password' : quoted(value);
  const meaning = description === '' ? '' : ` (${description})`;
  const reader =
    statement.owner.text === 'd-i' ? '' : `, also for ${statement.owner.text} in the new system`;
  return `${name}${meaning}: ${value === '' ? 'no answer' : answer}${reader}`;
}
