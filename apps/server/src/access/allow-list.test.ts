import { describe, expect, it } from 'vitest';

import { createAllowList } from './allow-list.js';

describe('createAllowList', () => {
  it.each([
    '127.0.0.1',
    '::1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.0.9',
    'fe80::1%eth0',
    'fd00::1',
    '::ffff:10.0.0.1',
  ])('by default lets %s boot', (address) => {
    expect(createAllowList(undefined).allows(address)).toBe(true);
  });

  it.each(['198.51.100.7', '172.32.0.1', '2001:db8::1', '::ffff:198.51.100.7', '', 'nonsense'])(
    'by default gives %j no answer',
    (address) => {
      expect(createAllowList(undefined).allows(address)).toBe(false);
    },
  );

  it('lets only the configured subnets boot, not even the local ranges', () => {
    const list = createAllowList(['198.51.100.0/24', '2001:db8::5']);
    expect(list.allows('198.51.100.7')).toBe(true);
    expect(list.allows('::ffff:198.51.100.7')).toBe(true);
    expect(list.allows('2001:db8::5')).toBe(true);
    expect(list.allows('2001:db8::6')).toBe(false);
    expect(list.allows('127.0.0.1')).toBe(false);
  });
});
