import { fileURLToPath } from 'node:url';

import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';

import { parseSettings } from './check.js';
import { schemaKeys } from './schema-keys.js';

const TABLE = fileURLToPath(new URL('./key-table.ts', import.meta.url));

describe('key-table', () => {
  it('has the keys and the defaults of the schema', async () => {
    const text = [
      "import { type ConfigKey } from './config-key.js';",
      "import { type ServerConfig } from './schema.js';",
      '',
      '// Written by key-table.test.ts, from the schema. To update it: vitest run --update.',
      '',
      '/** Every key of the schema, in its order. Most commands need only this table, and not the schema. */',
      `export const KEY_TABLE: readonly ConfigKey[] = ${JSON.stringify(schemaKeys())};`,
      '',
      '/** Configuration of a server for which nothing is set. */',
      `export const DEFAULT_CONFIG: ServerConfig = ${JSON.stringify(parseSettings({}))};`,
    ].join('\n');
    const table = await format(text, { ...(await resolveConfig(TABLE)), filepath: TABLE });
    await expect(table).toMatchFileSnapshot(TABLE);
  });

  it('has every value of the default configuration', async () => {
    // JSON cannot represent every kind of value.
    const { DEFAULT_CONFIG } = await import('./key-table.js');
    expect(DEFAULT_CONFIG).toEqual(parseSettings({}));
  });
});
