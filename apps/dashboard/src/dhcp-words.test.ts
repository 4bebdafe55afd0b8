import { describe, expect, it } from 'vitest';

import { addressesFrom, proxyDhcpWarnings } from './dhcp-words.js';

const leasing = { address: '192.0.2.1', givesAddresses: true, bootFiles: [] };
const proxy = { address: '192.0.2.7', givesAddresses: false, bootFiles: [], advice: 'stop one' };
const ignoring = {
  ...{ mac: '52:54:00:12:34:56', file: 'lpxelinux.0', offeredAt: '2026-01-01T00:00:00Z' },
  advice: 'add the lines',
};
const link = { interface: 'eth0', address: '192.0.2.9', servers: [], ignoring: [] };

describe('words about DHCP', () => {
  it('warn once about each other server, and about each machine that ignores an offer', () => {
    const busy = { ...link, servers: [leasing, proxy], ignoring: [ignoring, ignoring] };
    expect(proxyDhcpWarnings([link, busy])).toEqual(['stop one', 'add the lines']);
  });

  it('name the servers that give addresses', () => {
    expect(addressesFrom(link)).toBe('no DHCP server seen yet');
    const kea = { ...leasing, address: '192.0.2.2', program: 'kea' as const };
    expect(addressesFrom({ ...link, servers: [leasing, proxy, kea] })).toBe(
      '192.0.2.1, 192.0.2.2 (kea)',
    );
  });
});
