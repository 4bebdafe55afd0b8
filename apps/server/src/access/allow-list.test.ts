import { type NetworkInterfaceInfo } from 'node:os';

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
    '100.64.0.1',
    '100.127.255.254',
    'fe80::1%eth0',
    'fd00::1',
    '::ffff:10.0.0.1',
  ])('allows %s by default', (address) => {
    expect(createAllowList(undefined).allows(address)).toBe(true);
  });

  it.each([
    '198.51.100.7',
    '172.32.0.1',
    '100.63.255.255',
    '100.128.0.1',
    '2001:db8::1',
    '::ffff:198.51.100.7',
    '',
    'nonsense',
  ])('denies %j by default', (address) => {
    expect(createAllowList(undefined).allows(address)).toBe(false);
  });

  it('allows only the configured subnets, not the local ranges', () => {
    const list = createAllowList(['198.51.100.0/24', '2001:db8::5']);
    expect(list.allows('198.51.100.7')).toBe(true);
    expect(list.allows('::ffff:198.51.100.7')).toBe(true);
    expect(list.allows('2001:db8::5')).toBe(true);
    expect(list.allows('2001:db8::6')).toBe(false);
    expect(list.allows('127.0.0.1')).toBe(false);
  });

  it('keeps the last known subnets while interfaces cannot be read, and reports the error once', () => {
    let time = 0;
    let hasDescriptors = true;
    const errors: unknown[] = [];
    const emfile = Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    const list = createAllowList(undefined, {
      now: () => time,
      interfaces: () => {
        if (!hasDescriptors) {
          throw emfile;
        }
        const cidr = '198.51.100.1/24';
        return { eth0: [{ cidr } as NetworkInterfaceInfo] };
      },
      onError: (error) => errors.push(error),
    });
    hasDescriptors = false;
    for (time = 6_000; time < 60_000; time += 6_000) {
      expect(list.allows('198.51.100.7')).toBe(true);
      expect(list.allows('203.0.113.7')).toBe(false);
    }
    expect(errors).toEqual([emfile]);
  });

  it('starts while interfaces cannot be read', () => {
    const list = createAllowList(undefined, {
      interfaces: () => {
        throw new Error('too many open files');
      },
    });
    expect(list.allows('10.0.0.1')).toBe(true);
    expect(list.allows('198.51.100.7')).toBe(false);
  });
});
