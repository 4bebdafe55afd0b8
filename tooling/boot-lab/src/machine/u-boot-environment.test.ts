import { describe, expect, it } from 'vitest';

import { encodeUBootEnvironment } from './u-boot-environment.js';

describe('encodeUBootEnvironment', () => {
  it('terminates each variable with NUL, and starts with the CRC32 of all variables', () => {
    const encoded = encodeUBootEnvironment({ bootdelay: '0', bootcmd: 'dhcp; pxe get' });
    expect(encoded).toHaveLength(0x40000);
    expect(encoded.subarray(4, 40).toString('latin1')).toBe(
      'bootdelay=0\0bootcmd=dhcp; pxe get\0'.padEnd(36, '\0'),
    );
    // CRC32 as computed by Python's zlib.
    expect(encoded.readUInt32LE(0)).toBe(0x757ddb84);
  });
});
