import { fileURLToPath } from 'node:url';

import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

import { linkedThrows } from '../eslint/linked-throws.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Lints a source with the rule, and returns its findings and the source with them fixed. */
async function lint(source) {
  const settings = {
    cwd: root,
    overrideConfigFile: true,
    overrideConfig: {
      plugins: { prose: { rules: { 'linked-throws': linkedThrows } } },
      rules: { 'prose/linked-throws': 'error' },
    },
  };
  const [{ messages }] = await new ESLint(settings).lintText(source);
  const [{ output }] = await new ESLint({ ...settings, fix: true }).lintText(source);
  return { findings: messages.map(({ line, column }) => `${line}:${column}`), output };
}

describe('linked-throws', () => {
  it('finds an error without a link, and links it', async () => {
    await expect(
      lint('/** @throws ListenError when it fails */\n/** @throws `LabError` when it fails */\n'),
    ).resolves.toEqual({
      findings: ['1:13', '2:13'],
      output:
        '/** @throws {@link ListenError} when it fails */\n/** @throws {@link LabError} when it fails */\n',
    });
  });

  it('accepts links, and the errors of the language', async () => {
    const source =
      '/**\n * @throws {@link ListenError} when it fails\n * @throws RangeError when\n */\n';
    await expect(lint(source)).resolves.toEqual({ findings: [], output: undefined });
  });
});
