import { readFile } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';

import { parseUdpStatistics } from './udp-statistics.js';

describe('parseUdpStatistics', () => {
  it('finds the counters by their names', () => {
    const text = `Tcp: InErrs OutRsts
Tcp: 1 2
Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors
Udp: 500 4 23 600 19 0
UdpLite: InDatagrams NoPorts
UdpLite: 7 8
`;
    expect(parseUdpStatistics(text)).toEqual({ read: 500, dropped: 19 });
  });

  it('reads what this kernel prints', async () => {
    const { read } = parseUdpStatistics(await readFile('/proc/net/snmp', 'utf8'));
    expect(read).toBeGreaterThanOrEqual(0);
  });

  it('refuses text without them', () => {
    expect(() => parseUdpStatistics('Tcp: InErrs\nTcp: 1\n')).toThrow('InDatagrams');
  });
});
