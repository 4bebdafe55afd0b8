import { describe, expect, it } from 'vitest';

import { isNamed } from './machine-name.js';

const machine = {
  mac: '52:54:00:12:ab:56',
  uuid: '1b2f5c1e-83a0-4b8f-a9d7-0c9d6c3f0a11',
  address: '2001:db8::9',
};

describe('isNamed', () => {
  it.each([
    '52:54:00:12:ab:56',
    '52:54:00:12:AB:56',
    '52-54-00-12-ab-56',
    '01-52-54-00-12-ab-56',
    '01:52:54:00:12:AB:56',
    '5254.0012.ab56',
    '52540012AB56',
    '1B2F5C1E-83A0-4B8F-A9D7-0C9D6C3F0A11',
    '2001:db8::9',
    '2001:0DB8:0::9',
    '[2001:db8::9]',
  ])('accepts %s', (text) => {
    expect(isNamed(machine, text)).toBe(true);
  });

  it.each([
    '',
    '52:54:00:12:ab:57',
    '02-52-54-00-12-ab-56',
    '2001:db8::8',
    '192.0.2.9',
    '52540012ab',
  ])('refuses %j', (text) => {
    expect(isNamed(machine, text)).toBe(false);
  });

  it('does not match a machine without identifiers to an empty name or to "undefined"', () => {
    const nameless = { address: '192.0.2.9' };
    expect(isNamed(nameless, '192.0.2.9')).toBe(true);
    expect(isNamed(nameless, '')).toBe(false);
    expect(isNamed(nameless, 'undefined')).toBe(false);
  });
});
