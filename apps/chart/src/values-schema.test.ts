import { describe, expect, it } from 'vitest';

import { parseValuesFile } from './values-file.js';
import { valuesSchema } from './values-schema.js';

describe('valuesSchema', () => {
  const schema = valuesSchema(
    parseValuesFile(
      [
        'image:',
        '  # -- The tag.',
        '  # @schema {minLength: 1}',
        '  tag: a',
        '# -- How many.',
        'count: 1',
        '# -- Secrets.',
        'secrets: []',
        '# -- Timing.',
        "# @schema {$ref: '#/$defs/probeTiming'}",
        'probe: {}',
      ].join('\n'),
    ),
    { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', properties: {} },
  );

  it('has the types of the defaults, and the additions of the comments', () => {
    expect(schema['properties']).toMatchObject({
      image: {
        type: 'object',
        additionalProperties: false,
        properties: { tag: { description: 'The tag.', type: 'string', minLength: 1 } },
      },
      count: { description: 'How many.', type: 'integer' },
      secrets: { description: 'Secrets.', type: 'array' },
      probe: { $ref: '#/$defs/probeTiming' },
    });
  });

  it('contains the schema of the daemon, in its own draft', () => {
    expect(schema['$defs']).toHaveProperty('config', { type: 'object', properties: {} });
  });

  it('refuses unknown keys, except those of Helm', () => {
    expect(schema['additionalProperties']).toBe(false);
    expect(schema['properties']).toHaveProperty('global');
    expect(schema['properties']).toHaveProperty('enabled');
  });
});
