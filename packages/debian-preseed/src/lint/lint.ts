import { type Finding } from '../findings/finding.js';
import { collectAnswers } from '../parse/answers.js';
import { parsePreseed } from '../parse/parse.js';
import { type Suite } from '../questions/question.js';
import { isLoaded } from '../questions/questions.js';
import { checkAnswers } from './answers.js';
import { findAsked, type Priority } from './asked.js';
import { kernelAnswers } from './kernel-arguments.js';
import { checkLate } from './late.js';
import { checkStatements } from './statements.js';

/** Options of {@link lintPreseed}. */
export interface LintOptions {
  /** Debian release to install. @default 'trixie' */
  readonly suite?: Suite;
  /** Priority of the installer, unless the preseed sets `debconf/priority`. @default 'high' */
  readonly priority?: Priority;
  /** Kernel command line of the installer; answers in the preseed replace those on it. @default '' */
  readonly kernelArgs?: string;
}

/**
 * Checks a preseed file. Returns findings in the order of the file, followed by the questions that the
 * installer still asks. None of them contains a password.
 *
 * @param text - contents of the file
 */
export function lintPreseed(text: string, options: LintOptions = {}): readonly Finding[] {
  const { suite = 'trixie', priority = 'high', kernelArgs = '' } = options;
  const given = kernelAnswers(kernelArgs);
  const parsed = parsePreseed(text);
  const placed = [
    ...checkStatements(text, parsed),
    ...checkAnswers(parsed, suite),
    ...checkLate(parsed, given),
  ].sort((one, other) => one.line - other.line || one.column - other.column);
  const answers = collectAnswers(parsed, (question) => isLoaded(question, suite));
  return [...placed, ...findAsked(answers, given, priority)];
}
