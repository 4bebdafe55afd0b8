import { readFile } from 'node:fs/promises';

import openapiTS, { astToString } from 'openapi-typescript';
import { describe, expect, it } from 'vitest';

describe('types of the API', () => {
  it('match docs/openapi.json', async () => {
    const document = await readFile(
      new URL('../../../../docs/openapi.json', import.meta.url),
      'utf8',
    );
    const types = astToString(await openapiTS(document));
    await expect(types).toMatchFileSnapshot('openapi.ts');
  });
});
