import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { ConfigError, type ConfigProblem } from '../errors.js';
import { parseSettings } from './check.js';
import { configKeys } from './keys.js';
import { put } from './tree.js';
import { expectation } from './wording.js';

/** Values of every type that YAML has; most are wrong for most keys. */
const VALUES: readonly unknown[] = [
  true,
  0,
  1,
  -1,
  1.5,
  1e300,
  NaN,
  Infinity,
  '',
  'x',
  'é\n',
  'x'.repeat(100_000),
  null,
  [],
  ['x'],
  [''],
  [1],
  [null],
  [[]],
  [{}],
  [{ colour: 1 }],
  [{ match: 1, maxBlockSize: 'x', refuse: ['x'] }],
  [{ match: '192.0.2.1', maxBlockSize: 1, refuse: [] }],
  [{ match: '192.0.2.1', maxBlockSize: 8.5 }],
  [{ suite: 1, arch: 1, variants: [1], build: 1, trust: 'x' }],
  {},
  { colour: 1 },
  { url: 1 },
  { url: 'x' },
];

/** Beginnings of our own messages: those that state what was expected, and refusals of specific values. */
const WORDS =
  /^(?:expected |unknown (?:key|suite|entry|architecture|variant)|the admin interface is reachable|a wildcard address|auto and \* mean|kind directory needs|keyringMode add needs|a CA applies|kind apt uses|token and tokenFile|readToken|not an installer build|empty)/;

/** Words that only messages from the schema library contain. */
const RAW =
  /invalid input|received|too (?:small|big)|unrecognized|invalid option|characters? long|NaN|undefined/i;

function problemsWith(path: string, value: unknown): readonly ConfigProblem[] {
  const settings = {};
  put(settings, path.split('.'), value);
  try {
    parseSettings(settings);
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.problems;
    }
    throw error;
  }
  return [];
}

describe('the messages for wrong settings', () => {
  const sections = [...new Set(configKeys().flatMap(({ path }) => path.split('.').slice(0, -1)))];

  it.each([...configKeys().map(({ path }) => path), ...sections])(
    'are our own for every invalid value of %s',
    (path) => {
      for (const value of VALUES) {
        for (const { message } of problemsWith(path, value)) {
          const words = message.replace(/(?:, as in ".*")? \(got .*\)$|, as in ".*"$/s, '');
          expect(words).toMatch(WORDS);
          expect(words).not.toMatch(RAW);
        }
      }
    },
  );

  it.each([
    [z.int(), 1.5, 'expected a whole number'],
    [z.boolean(), 'x', 'expected true or false'],
    [z.map(z.string(), z.string()), 1, 'expected another type of value'],
    [z.string().max(1), 'xy', 'expected at most 1 character'],
    [z.array(z.string()).min(2), [], 'expected at least 2 items'],
    [z.enum(['a', 'b', 'c']), 'x', 'expected a, b or c'],
    [z.literal('a'), 'x', 'expected a'],
    [z.number().multipleOf(5), 6, 'expected a multiple of 5'],
    [z.strictObject({}), { x: 1 }, 'unknown key'],
    [
      z.string().regex(/a/),
      'x',
      'not a valid value; "pxeboot config schema" prints the valid ones',
    ],
    [z.string(), undefined, 'expected a value'],
  ])('state what a schema expects', (schema, value, message) => {
    const result = schema.safeParse(value, { error: expectation });
    expect(result.error?.issues.map((issue) => issue.message)).toEqual([message]);
  });
});
