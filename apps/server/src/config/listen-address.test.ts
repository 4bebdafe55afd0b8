import { describe, expect, it } from 'vitest';

import { formatListenAddress, parseListenAddress } from './listen-address.js';

describe('parseListenAddress', () => {
  it.each([
    ['192.0.2.1', { address: '192.0.2.1', port: 69 }],
    ['192.0.2.1:6969', { address: '192.0.2.1', port: 6969 }],
    ['::1', { address: '::1', port: 69 }],
    ['[2001:db8::1]:0', { address: '2001:db8::1', port: 0 }],
    ['auto', { address: 'auto', port: 69 }],
    ['auto:6969', { address: 'auto', port: 6969 }],
    ['*:8069', { address: '*', port: 8069 }],
  ])('reads %s', (text, expected) => {
    const address = parseListenAddress(text, 69);
    expect(address).toEqual(expected);
    expect(parseListenAddress(formatListenAddress(address!), 1)).toEqual(expected);
  });

  it.each([
    '',
    'localhost',
    ':69',
    '192.0.2',
    '192.0.2.1:70000',
    '[192.0.2.1]:69',
    '1.2.3.4:',
    'auto:x',
  ])('refuses %j', (text) => {
    expect(parseListenAddress(text, 69)).toBeUndefined();
  });
});
