import { fileURLToPath } from 'node:url';

import { ESLint } from 'eslint';
import { createLinter, loadTextlintrc } from 'textlint';
import { describe, expect, it } from 'vitest';

import { BANNED_TURNS, bannedTurns } from '../eslint/banned-turns.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Returns the turns that the rule finds in a source. */
async function turnsIn(source) {
  const eslint = new ESLint({
    cwd: root,
    overrideConfigFile: true,
    overrideConfig: {
      plugins: { prose: { rules: { 'banned-turns': bannedTurns } } },
      rules: { 'prose/banned-turns': 'error' },
    },
  });
  const [{ messages }] = await eslint.lintText(source, { filePath: 'planted.js' });
  return messages.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

/**
 * Returns the turns that `npm run lint` finds in a document, with the repository's own settings.
 */
async function turnsInDocument(text) {
  const descriptor = await loadTextlintrc({ configFilePath: `${root}/.textlintrc.json` });
  const { messages } = await createLinter({ descriptor, cwd: root }).lintText(text, 'planted.md');
  return messages.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

const { from: PLANTED } = BANNED_TURNS[0].specs[0];

describe('banned turns', { timeout: 120_000 }, () => {
  it.each(BANNED_TURNS.flatMap(({ specs }) => specs.map(({ from }) => from)))(
    'finds "%s" in a comment',
    async (turn) => {
      const comment = turn.startsWith('/*') ? turn : `/* ${turn} */`;
      expect(await turnsIn(comment)).toHaveLength(1);
    },
  );

  it.each([
    ['a string', `export const text = '${PLANTED}';`],
    ['a template', `export const text = (n) => \`\${n} ${PLANTED}\`;`],
    ['a regular expression', `export const text = /\\b${PLANTED.replaceAll(' ', '\\s')}/;`],
    ['a test title', `it('${PLANTED}', () => {});`],
    ['a doc comment', `/** ${PLANTED} */`],
    ['a comment over two lines', `/**\n * ${PLANTED.replaceAll(' ', '\n * ')}\n */`],
    ['line comments', `// ${PLANTED.replaceAll(' ', '\n    // ')}`],
  ])('finds a turn in %s', async (_where, source) => {
    expect(await turnsIn(source)).toHaveLength(1);
  });

  it('points at the turn, and says what to write', async () => {
    expect(await turnsIn(`/*\n * ${PLANTED}\n */`)).toEqual([
      expect.stringMatching(/^2:\d+ ".*" is a banned turn: write ".*" or rephrase$/),
    ]);
  });

  it('leaves text of two separate comments apart', async () => {
    const [before, after] = PLANTED.split(/ (?=no )/);
    expect(await turnsIn(`// ${before}\nrun();\n// ${after}`)).toEqual([]);
  });

  it.each([
    'there is no such file',
    'the lease is no longer held',
    'There are none.',
    'the file has not been fetched',
    'the same bytes as those that came first',
    'transfers are told apart by port',
    'a stand-in for the host, which stands in for it',
    '`@returns` what the store holds',
  ])('accepts "%s"', async (text) => {
    expect(await turnsIn(`/** ${text} */`)).toEqual([]);
  });

  it('finds a turn in a document, across its lines and in a table', async () => {
    const turn = PLANTED.split(' ').join('\n');
    expect(await turnsInDocument(`# Title\n\n${turn}.\n`)).toHaveLength(1);
    expect(await turnsInDocument(`| a | b |\n| - | - |\n| ${PLANTED} | c |\n`)).toHaveLength(1);
    expect(await turnsInDocument('# Title\n\nThere is no such file.\n')).toEqual([]);
  });
});
