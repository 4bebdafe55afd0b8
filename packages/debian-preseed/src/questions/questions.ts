import { type Question, type Suite, SUITES } from './question.js';
import { QUESTION_TABLE } from './table.js';

/** Questions by name, each with its variants for releases that differ. Filled when first needed. */
let questions: ReadonlyMap<string, readonly Question[]> | undefined;

/**
 * Returns the definition of a question in a release. If its package was unavailable for that release, returns
 * the other release's definition.
 */
export function findQuestion(name: string, suite: Suite): Question | undefined {
  // Repositories have numbers, and mirrors have protocols; the table has the first of each.
  const first = name
    .replace(/^(apt-setup\/local)[1-9]\//, '$10/')
    .replace(/^mirror\/https\//, 'mirror/http/');
  const variants = table().get(first) ?? [];
  return (
    variants.find(({ suites }) => suites.includes(suite)) ??
    variants.find(({ origin }) => !origin.startsWith('initrd '))
  );
}

/** Returns true if the installer has the question before it reads a preseed. */
export function isLoaded(name: string, suite: Suite): boolean {
  return findQuestion(name, suite)?.origin.startsWith('initrd ') === true;
}

/** Returns the name of a question that differs only by a typing error; undefined if there is none. */
export function similarQuestion(name: string, suite: Suite): string | undefined {
  for (const candidate of table().keys()) {
    if (isTypingError(name, candidate) && findQuestion(candidate, suite) !== undefined) {
      return candidate;
    }
  }
  return undefined;
}

/** Returns true if the table has every question whose name has the same first part. */
export function isCovered(name: string): boolean {
  const [prefix = ''] = name.split('/');
  return COVERED.has(prefix);
}

/** First parts of names for which the table has every question. */
const COVERED: ReadonlySet<string> = new Set([
  'anna',
  'cdebconf',
  'keyboard-configuration',
  'localechooser',
  'netcfg',
  'preseed',
  'tasksel',
  'popularity-contest',
  'passwd',
]);

/** Returns true if one character is missing, added or wrong, or two neighbours are swapped. */
function isTypingError(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  if (long.length - short.length > 1 || one === other) {
    return false;
  }
  let start = 0;
  while (start < short.length && short.charAt(start) === long.charAt(start)) {
    start += 1;
  }
  if (short.length < long.length) {
    return short.slice(start) === long.slice(start + 1);
  }
  const swapped = `${long.charAt(start + 1)}${long.charAt(start)}`;
  return (
    short.slice(start + 1) === long.slice(start + 1) ||
    short.slice(start) === `${swapped}${long.slice(start + 2)}`
  );
}

function table(): ReadonlyMap<string, readonly Question[]> {
  questions ??= readTable();
  return questions;
}

function readTable(): ReadonlyMap<string, readonly Question[]> {
  const found = new Map<string, Question[]>();
  for (const row of QUESTION_TABLE.trim().split('\n')) {
    const [name, suites, origin, type, defaultValue, choices, description] = row.split('\t') as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const question: Question = {
      name,
      suites: SUITES.filter((suite) => suites.includes(suite)),
      origin,
      type,
      defaultValue,
      choices: choices === '' ? [] : choices.split('|'),
      description,
    };
    found.set(name, [...(found.get(name) ?? []), question]);
  }
  return found;
}
