import { DEBCONF_TYPES } from '../parse/answers.js';
import {
  type AnswerStatement,
  type BrokenStatement,
  type ParsedPreseed,
  type Statement,
} from '../parse/statement.js';
import { isBlank, quoted, skipBlanks, trimBlanksEnd } from '../text/text.js';
import { found, type PlacedFinding } from './placed-finding.js';
import { isSecret } from './secret.js';

/** Finds lines that the installer does not read as their author is likely to expect. */
export function checkStatements(text: string, parsed: ParsedPreseed): readonly PlacedFinding[] {
  const findings = checkText(text);
  let hasStopped = false;
  for (const statement of parsed.statements) {
    if (!statement.isRead && !hasStopped) {
      hasStopped = true;
      const message =
        'the installer stops before this line, and reads neither it nor anything after it';
      findings.push(found('error', 'not-read', statement, message));
    }
    findings.push(...checkStatement(statement));
  }
  findings.push(...checkRepetitions(parsed.statements));
  return findings;
}

/** Finds problems that are visible only in the raw text. */
function checkText(text: string): PlacedFinding[] {
  const findings: PlacedFinding[] = [];
  if (text.startsWith('\ufeff')) {
    const message = 'the file begins with a byte order mark, which becomes part of the first word';
    const place = { line: 1, column: 1 };
    findings.push(
      found('error', 'byte-order-mark', place, message, 'save it as UTF-8 without one'),
    );
  }
  for (const [index, line] of text.split('\n').entries()) {
    const nul = line.indexOf('\0');
    if (nul >= 0) {
      const place = { line: index + 1, column: nul + 1 };
      findings.push(found('error', 'nul-byte', place, 'a NUL ends the line', 'remove it'));
    }
    const end = trimBlanksEnd(line).length;
    const isCut = /[\t\v\f ]/.test(line.slice(end));
    if (isCut && !line.startsWith('#') && line.charAt(end - 1) === '\\') {
      const place = { line: index + 1, column: end };
      const message = 'whitespace after the backslash: the line does not continue';
      findings.push(
        found(
          'warning',
          'backslash-then-blank',
          place,
          message,
          'remove the whitespace at its end',
        ),
      );
    }
  }
  return findings;
}

function checkStatement(statement: Statement): PlacedFinding[] {
  if (statement.type === 'broken') {
    return [describeBroken(statement)];
  }
  const { owner, question, value } = statement;
  if (owner.text.startsWith('#')) {
    const message =
      'only a "#" at the start of the line begins a comment: this is read as an answer';
    const fix = 'remove the whitespace before it';
    return [found('error', 'indented-comment', owner, message, fix)];
  }
  if (owner.text.includes('/')) {
    const message = `expected the owner of the question first, as in "d-i", got ${quoted(owner.text)}`;
    return [found('error', 'unknown-owner', owner, message, 'put "d-i" at the start')];
  }
  const findings: PlacedFinding[] = [];
  if (statement.type === 'answer') {
    findings.push(...checkType(statement));
  } else if (!['true', 'false'].includes(value.text)) {
    const message = `expected "true" or "false" for the flag, got ${quoted(value.text)}`;
    findings.push(found('warning', 'not-a-boolean', value, message));
  }
  const comment = commentIn(value.text);
  // A command may have a comment, and a passphrase may look like one.
  if (comment >= 0 && !question.text.endsWith('command') && !isSecret(question.text)) {
    const message = `the comment is part of the value: ${quoted(value.text.slice(comment))}`;
    const place = { line: value.line, column: value.column + comment };
    findings.push(
      found('warning', 'comment-in-value', place, message, 'put it on a separate line'),
    );
  }
  return findings;
}

/** Returns the offset of a `#` after a blank, or at the start; -1 without one. */
function commentIn(value: string): number {
  for (let at = value.indexOf('#'); at >= 0; at = value.indexOf('#', at + 1)) {
    if (at === 0 || isBlank(value.charAt(at - 1))) {
      return at;
    }
  }
  return -1;
}

function checkType({ owner, question, valueType }: AnswerStatement): PlacedFinding[] {
  if (DEBCONF_TYPES.has(valueType.text)) {
    return [];
  }
  // If the type is missing, this word may be the password.
  const got = isSecret(question.text) ? 'another word' : quoted(valueType.text);
  const message = `expected a type, as in "string", got ${got}`;
  if (owner.text === 'd-i') {
    return [found('warning', 'unknown-type', valueType, `${message}; the installer ignores it`)];
  }
  return [found('error', 'unknown-type', valueType, `${message}; debconf skips the line`)];
}

function describeBroken(statement: BrokenStatement): PlacedFinding {
  const { reason, text } = statement;
  if (reason === 'unfinished') {
    const message = 'the file ends after a backslash, so the installer drops the whole line';
    return found('error', 'unfinished-line', statement, message, 'remove the last backslash');
  }
  const missing = reason === 'no-question' ? 'question, type and value' : 'type and value';
  const shown = quoted(text.slice(skipBlanks(text, 0)));
  const message = `the installer stops here with an error: ${shown} lacks ${missing}`;
  return found('error', 'broken-line', statement, message, 'write "owner question type value"');
}

/** Finds questions that are answered again with another value. */
function checkRepetitions(statements: readonly Statement[]): PlacedFinding[] {
  const last = new Map<string, AnswerStatement>();
  const findings: PlacedFinding[] = [];
  for (const statement of statements) {
    if (statement.type !== 'answer' || !statement.isRead) {
      continue;
    }
    const name = statement.question.text;
    const earlier = last.get(name);
    if (earlier !== undefined && earlier.value.text !== statement.value.text) {
      const message = `line ${statement.line} answers ${quoted(name)} again, with another value`;
      findings.push(found('warning', 'repeated-question', earlier.question, message));
    }
    last.set(name, statement);
  }
  return findings;
}
