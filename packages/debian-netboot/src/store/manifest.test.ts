import { describe, expect, it } from 'vitest';

import { parseManifest } from './manifest.js';

const ID = '20260101T000000000Z-01234567';

describe('parseManifest', () => {
  it.each([
    ['{', 'the manifest is not JSON'],
    ['[]', 'the manifest is invalid: invalid type, expected object'],
    ['{"id":7}', 'the manifest is invalid: id: invalid type, expected string'],
    [
      `{"id":"${ID}","createdAt":"now","targets":[],"efiLoaders":[]}`,
      'the manifest is invalid: createdAt: invalid format',
    ],
  ])('says what is wrong with %s', (text, message) => {
    expect(parseManifest(text)).toMatchObject({
      ok: false,
      error: { code: 'ERR_NETBOOT_STORE_DAMAGED', message },
    });
  });
});
