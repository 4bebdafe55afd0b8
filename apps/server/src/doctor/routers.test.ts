import { describe, expect, it } from 'vitest';

import { defaultRouters, parseAdvertisements, readRouters } from './routers.js';

/** Output of rdisc6 1.0.5 for two routers, shortened. */
const OUTPUT = `Soliciting ff02::2 (ff02::2) on eth0...

Hop limit                 :           64 (      0x40)
Stateful address conf.    :          Yes
Stateful other conf.      :           No
Mobile home agent         :           No
Router preference         :       medium
Router lifetime           :         1800 (0x00000708) seconds
Reachable time            :  unspecified (0x00000000)
Retransmit time           :  unspecified (0x00000000)
 Prefix                   : 2001:db8::/64
  On-link                 :          Yes
  Autonomous address conf.:          Yes
  Valid time              :        86400 (0x00015180) seconds
  Pref. time              :        14400 (0x00003840) seconds
 Source link-layer address: 02:00:00:00:00:01
 from fe80::1

Hop limit                 :           64 (      0x40)
Stateful address conf.    :           No
Stateful other conf.      :          Yes
Router lifetime           :            0 (0x00000000) seconds
 from fe80::2%eth0
`;

describe('routers', () => {
  it('are read from the output of rdisc6', () => {
    expect(parseAdvertisements(OUTPUT)).toEqual([
      {
        address: 'fe80::1',
        isManaged: true,
        hasOther: false,
        lifetimeS: 1800,
        prefixes: ['2001:db8::/64'],
      },
      { address: 'fe80::2', isManaged: false, hasOther: true, lifetimeS: 0, prefixes: [] },
    ]);
  });

  it('are not found in other output', () => {
    expect(parseAdvertisements('')).toEqual([]);
    expect(parseAdvertisements('Stateful address conf. : Yes\n')).toEqual([]);
  });

  it('are read from the kernel’s routing table', () => {
    const zeros = '0'.repeat(32);
    const router = 'fe800000000000000000000000000001';
    const row = (destination: string, flags: string, device: string): string =>
      `${destination} 00 ${zeros} 00 ${router} 00000400 00000001 00000000 ${flags}     ${device}`;
    const table = [
      row(zeros, '00450003', 'eth0'),
      row(zeros, '00450003', 'eth1'),
      // A route that was added by hand.
      row(zeros, '00000003', 'eth0'),
      row(`fd${zeros.slice(2)}`, '00450003', 'eth0'),
    ].join('\n');
    expect(defaultRouters(table, 'eth0')).toEqual(['fe80::1']);
  });

  it('are unknown if rdisc6 is missing, and the reason names its package', async () => {
    const { signal } = new AbortController();
    expect(await readRouters('absent0', signal, '/nonexistent/rdisc6')).toEqual({
      source: 'kernel',
      addresses: undefined,
      reason: 'install rdisc6 (package ndisc6)',
    });
  });

  it('are unknown if rdisc6 fails, and the reason is its error', async () => {
    const { signal } = new AbortController();
    expect(await readRouters('lo', signal, '/bin/false')).toMatchObject({
      source: 'kernel',
      reason: 'rdisc6 failed: 1',
    });
  });
});
