import { DEBCONF_TYPES } from '../parse/answers.js';
import { type AnswerStatement, type ParsedPreseed, type Place } from '../parse/statement.js';
import { type Question, type Suite } from '../questions/question.js';
import { findQuestion, isCovered, isLoaded, similarQuestion } from '../questions/questions.js';
import { quoted } from '../text/text.js';
import { found, type PlacedFinding } from './placed-finding.js';

/** Finds answers that do not fit their questions, unknown questions, and flags without effect. */
export function checkAnswers(
  { statements }: ParsedPreseed,
  suite: Suite,
): readonly PlacedFinding[] {
  const findings: PlacedFinding[] = [];
  const answered = new Set<string>();
  for (const statement of statements) {
    if (!statement.isRead || statement.type === 'broken' || statement.owner.text.includes('/')) {
      continue;
    }
    const name = statement.question.text;
    const question = findQuestion(name, suite);
    if (statement.type === 'flag') {
      if (!answered.has(name) && !isLoaded(name, suite)) {
        const message = `the installer does not have ${quoted(name)} yet, and ignores the flag`;
        const fix = 'answer the question instead, which also sets the flag';
        findings.push(found('warning', 'flag-without-effect', statement.question, message, fix));
      }
      continue;
    }
    answered.add(name);
    findings.push(
      ...(question === undefined
        ? checkUnknown(statement.question, name, suite)
        : checkAnswer(statement, question)),
    );
  }
  return findings;
}

function checkUnknown(place: Place, name: string, suite: Suite): readonly PlacedFinding[] {
  const similar = similarQuestion(name, suite);
  if (similar !== undefined || isCovered(name)) {
    const fix = similar === undefined ? undefined : `write "${similar}"`;
    const message = `there is no question ${quoted(name)}`;
    return [found('warning', 'unknown-question', place, message, fix)];
  }
  const message = `unknown question ${quoted(name)}: its answer is not checked`;
  return [found('note', 'question-not-known-here', place, message)];
}

function checkAnswer(statement: AnswerStatement, question: Question): readonly PlacedFinding[] {
  return [
    ...checkOwner(statement, question),
    ...checkType(statement, question),
    ...checkValue(statement, question),
  ];
}

function checkOwner({ owner }: AnswerStatement, { origin }: Question): readonly PlacedFinding[] {
  if (owner.text === 'd-i' || !origin.startsWith('initrd ')) {
    return [];
  }
  const message = `the question is the installer's: with owner ${quoted(owner.text)}, the new system gets the answer, too`;
  return [found('note', 'unknown-owner', owner, message, 'write "d-i"')];
}

/**
 * Finds a type that does not fit the question. The installer ignores the type, but a boolean is unlikely to be
 * meant as something else.
 */
function checkType(
  { owner, valueType }: AnswerStatement,
  { type }: Question,
): readonly PlacedFinding[] {
  if (!DEBCONF_TYPES.has(valueType.text)) {
    return [];
  }
  const isForDebconf = owner.text !== 'd-i';
  const isBoolean = valueType.text === 'boolean';
  if (valueType.text === type || (!isForDebconf && isBoolean === (type === 'boolean'))) {
    return [];
  }
  const message = `expected type "${type}", got "${valueType.text}"`;
  return isForDebconf
    ? [
        found(
          'warning',
          'wrong-type',
          valueType,
          `${message}, which debconf stores as it is`,
          `write "${type}"`,
        ),
      ]
    : [
        found(
          'note',
          'wrong-type',
          valueType,
          `${message}, which the installer ignores`,
          `write "${type}"`,
        ),
      ];
}

function checkValue(
  { question: { text: name }, value }: AnswerStatement,
  { type, choices }: Question,
): readonly PlacedFinding[] {
  if (value.text === '') {
    return [];
  }
  if (name.endsWith('-crypted')) {
    return /^(?:\$[^ ]+|grub\.pbkdf2[^ ]+|[*!])$/.test(value.text)
      ? []
      : [found('error', 'plain-password', value, 'expected a crypted password', CRYPT)];
  }
  if (type === 'password') {
    const message = 'anyone who can fetch the file can read this password';
    const fix =
      findQuestion(`${name}-crypted`, 'trixie') === undefined
        ? undefined
        : `answer "${name}-crypted" instead, and ${CRYPT}`;
    return [found(fix === undefined ? 'note' : 'warning', 'plain-password', value, message, fix)];
  }
  if (type === 'boolean') {
    const message = `expected "true" or "false", got ${quoted(value.text)}, which counts as false`;
    const isBoolean = value.text === 'true' || value.text === 'false';
    return isBoolean ? [] : [found('error', 'not-a-boolean', value, message)];
  }
  const given = type === 'multiselect' ? value.text.split(/, */) : [value.text];
  const wrong =
    choices.length === 0 ? undefined : given.find((choice) => !choices.includes(choice));
  if (wrong === undefined) {
    return [];
  }
  const message = `expected one of ${listed(choices)}, got ${quoted(wrong)}`;
  return [found('warning', 'not-a-choice', value, message)];
}

/** Advice on passwords. */
const CRYPT = 'make one with "mkpasswd -m yescrypt" or "openssl passwd -6"';

/** Returns the first choices as a list. */
function listed(choices: readonly string[]): string {
  const shown = choices
    .slice(0, 8)
    .map((choice) => `"${choice}"`)
    .join(', ');
  return choices.length > 8 ? `${shown} and ${choices.length - 8} more` : shown;
}
