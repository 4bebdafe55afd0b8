import { describe, expect, it } from 'vitest';
import * as z from 'zod';

import { parseSettings, placedSettings } from './check.js';
import { describedKeys } from './describe.js';
import { configJsonSchema } from './json-schema.js';

/** Settings as a file contains them; the loader accepts them although their types are not exact. */
type Written = Parameters<typeof parseSettings>[0];

function isAccepted(settings: unknown): boolean {
  try {
    parseSettings(settings as Written);
    return true;
  } catch {
    return false;
  }
}

describe('the JSON Schema of the configuration', () => {
  const schema = z.fromJSONSchema(configJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);

  it.each<[string, unknown]>([
    ['a list', { tftp: { listen: ['192.0.2.1', '192.0.2.2'] } }],
    ['a list of one item without brackets', { tftp: { listen: 'auto' } }],
    ['a list in one string', { access: { allow: '192.0.2.0/24, 198.51.100.0/24' } }],
    ['an image without brackets', { images: 'trixie:amd64:text' }],
    ['a section that is the only item of a list', { images: { suite: 'trixie', arch: 'amd64' } }],
    ['a list within such a section', { images: [{ suite: 'trixie', variants: 'text, gtk' }] }],
    ['a quirk without brackets', { tftp: { quirks: { match: '192.0.2.1', refuse: 'tsize' } } }],
    ['a mirror without brackets', { source: { url: 'http://mirror.example/debian' } }],
  ])('accepts %s, as the loader does', (_what, settings) => {
    expect(isAccepted(settings)).toBe(true);
    expect(schema.safeParse(settings).error?.issues).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['a number', { tftp: { listen: 69 } }],
    ['a list of lists', { images: [['trixie']] }],
    ['a section in a list of strings', { access: { allow: { subnet: '192.0.2.0/24' } } }],
    [
      'an unknown key in the only item of a list',
      { tftp: { quirks: { match: '192.0.2.1', x: 1 } } },
    ],
    ['an empty list', { tftp: { listen: [] } }],
  ])('refuses %s, as the loader does', (_what, settings) => {
    expect(isAccepted(settings)).toBe(false);
    expect(schema.safeParse(settings).success).toBe(false);
  });
});

describe('describedKeys', () => {
  it('shows only the origins of hooks, since their paths may be secret', () => {
    const placed = placedSettings({
      hooks: [
        {
          ...{ on: ['install'], secretFile: '/secret' },
          url: 'https://hooks.example/services/T0/secret-part?key=secret-too',
        },
        { on: ['install'], secretFile: '/secret', url: 'https://plain.example' },
      ],
    });
    const hooks = describedKeys(placed).find(({ key }) => key === 'hooks');
    expect(hooks?.value).toMatchObject([
      { url: 'https://hooks.example/(hidden)' },
      { url: 'https://plain.example' },
    ]);
  });
});
