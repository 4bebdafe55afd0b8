import { describe, expect, it } from 'vitest';

import { isOwnAddress } from './own-address.js';

describe('isOwnAddress', () => {
  it('knows the addresses of this host', () => {
    expect(isOwnAddress('127.0.0.1')).toBe(true);
    expect(isOwnAddress('192.0.2.77')).toBe(false);
  });

  it('knows none while they cannot be read, since a lease request must not end the daemon', () => {
    const fails = (): never => {
      throw new Error('A system error occurred: uv_interface_addresses returned EMFILE');
    };
    expect(isOwnAddress('127.0.0.1', fails)).toBe(false);
  });
});
