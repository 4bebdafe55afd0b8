import { describe, expect, it } from 'vitest';

import { addressAt, FORGED_ADDRESSES, OWN_ADDRESSES } from './address-pool.js';

describe('addressAt', () => {
  it('carries over to the next byte of an address', () => {
    expect(addressAt(OWN_ADDRESSES, 0)).toBe('10.80.0.1');
    expect(addressAt(OWN_ADDRESSES, 255)).toBe('10.80.1.0');
    expect(addressAt(FORGED_ADDRESSES, 65_535)).toBe('10.97.0.0');
  });

  it('stays inside the route of the pool', () => {
    expect(addressAt(OWN_ADDRESSES, OWN_ADDRESSES.size - 1)).toBe('10.95.255.254');
    expect(() => addressAt(OWN_ADDRESSES, OWN_ADDRESSES.size)).toThrow(RangeError);
    expect(() => addressAt(OWN_ADDRESSES, -1)).toThrow(RangeError);
  });
});
