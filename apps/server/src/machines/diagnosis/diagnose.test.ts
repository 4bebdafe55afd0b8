import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { RULES } from './diagnose.js';

describe('the rules', () => {
  it('are those that the documentation explains, in the same order', () => {
    const page = readFileSync(
      new URL('../../../../../docs/failed-boots.md', import.meta.url),
      'utf8',
    );
    const documented = [...page.matchAll(/^### (.+)$/gm)].map(([, name]) => name);
    expect(documented).toEqual(RULES.map(({ name }) => name));
  });
});
