import { type z } from 'zod';

/**
 * Returns the message for an issue for which the schema has none, such as `expected a number` or
 * `unknown key`.
 */
export function expectation(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'expected a value'
        : `expected ${typeText(issue.expected)}`;
    case 'too_small':
      return issue.origin === 'array' && issue.minimum === 1
        ? 'expected at least one item'
        : `expected at least ${amountText(issue.origin, issue.minimum)}`;
    case 'too_big':
      return `expected at most ${amountText(issue.origin, issue.maximum)}`;
    case 'invalid_value':
      return `expected ${oneOf(issue.values.map(String))}`;
    case 'not_multiple_of':
      return `expected a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
      return 'unknown key';
    case 'invalid_format':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return 'not a valid value; "pxeboot config schema" prints the valid ones';
  }
}

const TYPES: Readonly<Partial<Record<z.core.$ZodInvalidTypeExpected, string>>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys and values',
  record: 'keys and values',
};

function typeText(type: z.core.$ZodInvalidTypeExpected): string {
  return TYPES[type] ?? 'another type of value';
}

function amountText(origin: string, amount: number | bigint): string {
  const unit = { string: ' character', array: ' item' }[origin];
  if (unit === undefined) {
    return String(amount);
  }
  return `${amount}${unit}${amount === 1 ? '' : 's'}`;
}

/** Joins words as alternatives: `a`, `a or b`, `a, b or c`. */
export function oneOf(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}
