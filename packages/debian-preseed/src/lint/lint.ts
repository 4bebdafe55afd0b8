import { type Finding } from '../findings/finding.js';
import { parsePreseed } from '../parse/parse.js';
import { checkStatements } from './statements.js';

/**
 * Checks a preseed file. Returns findings in the order of the file; none of them contains the value of
 * a password.
 *
 * @param text - contents of the file
 */
export function lintPreseed(text: string): readonly Finding[] {
  const parsed = parsePreseed(text);
  return checkStatements(text, parsed);
}
