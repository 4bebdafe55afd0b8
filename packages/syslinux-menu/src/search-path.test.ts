import { describe, expect, it } from 'vitest';

import { pxelinuxConfigPaths } from './search-path.js';

describe('pxelinuxConfigPaths', () => {
  it('returns the paths in the order in which a recorded pxelinux 6.04 requests them', () => {
    expect(
      pxelinuxConfigPaths({
        uuid: 'B8945908-D6A6-41A9-611D-74A6AB80B83D',
        mac: '88:99:AA:BB:CC:DD',
        ip: '192.0.2.91',
      }),
    ).toEqual([
      'pxelinux.cfg/b8945908-d6a6-41a9-611d-74a6ab80b83d',
      'pxelinux.cfg/01-88-99-aa-bb-cc-dd',
      'pxelinux.cfg/C000025B',
      'pxelinux.cfg/C000025',
      'pxelinux.cfg/C00002',
      'pxelinux.cfg/C0000',
      'pxelinux.cfg/C000',
      'pxelinux.cfg/C00',
      'pxelinux.cfg/C0',
      'pxelinux.cfg/C',
      'pxelinux.cfg/default',
    ]);
  });

  it('leaves out unknown values, and a UUID of zeros', () => {
    expect(pxelinuxConfigPaths({})).toEqual(['pxelinux.cfg/default']);
    const uuid = '00000000-0000-0000-0000-000000000000';
    expect(pxelinuxConfigPaths({ uuid, mac: '02-00-00-00-00-01', hardwareType: 6 })).toEqual([
      'pxelinux.cfg/06-02-00-00-00-00-01',
      'pxelinux.cfg/default',
    ]);
  });

  it('rejects an invalid UUID, address or type', () => {
    const malformed = [
      { uuid: 'b8945908' },
      { mac: '' },
      { mac: '8:99:aa' },
      { mac: '02:00:00:00:00:01', hardwareType: 256 },
      { mac: '02:00:00:00:00:01', hardwareType: 1.5 },
      { ip: '10.0.0' },
      { ip: '10.0.0.256' },
      { ip: 'fe80::1' },
    ];
    for (const client of malformed) {
      expect(() => pxelinuxConfigPaths(client)).toThrow(RangeError);
    }
  });
});
