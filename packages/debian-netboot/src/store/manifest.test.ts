import { describe, expect, it } from 'vitest';

import { parseManifest } from './manifest.js';

const ID = '20260101T000000000Z-01234567';
const TIME = '2026-01-01T00:00:00.000Z';

describe('parseManifest', () => {
  it.each([
    ['{', 'the manifest is not JSON'],
    ['null', 'the manifest is invalid: it is not an object'],
    ['[]', 'the manifest is invalid: id is missing'],
    ['{"id":7}', 'the manifest is invalid: id: expected string'],
    [`{"id":"${ID}","createdAt":"now"}`, 'the manifest is invalid: createdAt has an invalid value'],
    [`{"id":"${ID}","createdAt":"${TIME}"}`, 'the manifest is invalid: targets is missing'],
    [
      `{"id":"${ID}","createdAt":"${TIME}","targets":[],"efiLoaders":[],"more":1}`,
      'the manifest is invalid: more is unknown',
    ],
  ])('says what is wrong with %s', (text, message) => {
    expect(parseManifest(text)).toMatchObject({
      ok: false,
      error: { code: 'ERR_NETBOOT_STORE_DAMAGED', message },
    });
  });
});
