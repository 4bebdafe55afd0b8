import { describe, expect, it } from 'vitest';

import { parseValuesFile } from './values-file.js';

describe('parseValuesFile', () => {
  it('reads multi-line descriptions, described defaults and schemas', () => {
    const [entry] = parseValuesFile(
      ['# -- How many', '# pods.', '# @default -- one', '# @schema {minimum: 0}', 'count: 1'].join(
        '\n',
      ),
    );
    expect(entry).toEqual({
      path: 'count',
      description: 'How many pods.',
      value: 1,
      defaultText: 'one',
      schema: { minimum: 0 },
      children: [],
    });
  });

  it('reads the keys of a section, but not those of a described key', () => {
    const [section, whole] = parseValuesFile(
      'image:\n  # -- The tag.\n  tag: a\n# -- All of it.\nsecurity:\n  user: 1\n',
    );
    expect(section).toMatchObject({ path: 'image', description: undefined });
    expect(section!.children.map(({ path }) => path)).toEqual(['image.tag']);
    expect(whole).toMatchObject({ path: 'security', value: { user: 1 }, children: [] });
  });

  it('ignores a remark above the description', () => {
    const [entry] = parseValuesFile('# A remark.\n# -- The description.\nkey: a\n');
    expect(entry!.description).toBe('The description.');
  });

  it('ignores a comment separated by an empty line', () => {
    expect(() => parseValuesFile('# -- Of the file.\n\nkey: a\n')).toThrow(
      'key has no description',
    );
  });

  it('reports a key without a description', () => {
    expect(() => parseValuesFile('a:\n  # -- Yes.\n  b: 1\n  c: {}\n')).toThrow(
      'a.c has no description',
    );
  });
});
