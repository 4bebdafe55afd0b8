import { fileURLToPath } from 'node:url';

import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The settings of `npm run lint`; of the rules, those for regular expressions, which need no types. */
const eslint = new ESLint({
  cwd: root,
  ruleFilter: ({ ruleId }) => /^(?:regexp|redos-detector)\//.test(ruleId),
  // Reading the types of a whole package takes half a minute.
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
});

/** Returns the names of the regex rules that a line breaks. */
async function brokenRules(filePath, line) {
  const [result] = await eslint.lintText(`${line}\n`, { filePath });
  return result.messages.map(({ ruleId, fatal, message }) => (fatal ? message : ruleId)).sort();
}

const SOURCE = `${root}/apps/server/src/http/respond.ts`;
const TEST = `${root}/apps/server/src/http/boot-plane.test.ts`;
const SCRIPT = `${root}/tooling/workspace/start.js`;

describe('lint of regular expressions', { timeout: 120_000 }, () => {
  it.each([
    [SOURCE, '/^(a+)+$/', 'regexp/no-super-linear-backtracking'],
    [SOURCE, '/a+$/', 'regexp/no-super-linear-move'],
    [TEST, '/^(a+)+$/', 'regexp/no-super-linear-backtracking'],
    [SCRIPT, '/a+$/', 'regexp/no-super-linear-move'],
    // Quadratic on `a.a.a...`: the word boundary hides it from the first two rules.
    [SOURCE, String.raw`/\b[a-z][a-z0-9+.-]*:\/\//`, 'redos-detector/no-unsafe-regex'],
  ])('refuses in %s the super-linear %s', async (file, regex, rule) => {
    expect(await brokenRules(file, `export const planted = ${regex};`)).toContain(rule);
  });

  it('accepts a linear one', async () => {
    const line = String.raw`export const planted = /^[a-z]+:\/\/[^/]*\/\d{1,5}$/;`;
    expect(await brokenRules(SOURCE, line)).toEqual([]);
  });
});
