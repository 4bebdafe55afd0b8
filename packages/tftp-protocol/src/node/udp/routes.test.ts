import { describe, expect, it } from 'vitest';

import { parseRoutes4, parseRoutes6, RouteTable } from './routes.js';

const TABLE4 = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
tun0\t0000090A\t00000000\t0001\t0\t0\t50\t0000FFFF\t1400\t0\t0
eth1\t0000090A\t00000000\t0001\t0\t0\t10\t0000FFFF\t0\t0\t0
*\t0000A8C0\t00000000\t0200\t0\t0\t0\t0000FFFF\t0\t0\t0
`;

const TABLE6 = `20010db8000000010000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth1
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fd000000000000000000000000000001 00000400 00000003 00000000 00000003     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
`;

describe('RouteTable', () => {
  it.each([
    ['192.0.2.9', 'eth0', 0],
    ['203.0.113.1', 'eth0', 0],
    ['10.9.1.1', 'eth1', 0],
    ['192.168.1.1', 'eth0', 0],
  ])('finds the interface to %s', (address, interfaceName, mtu) => {
    expect(new RouteTable(parseRoutes4(TABLE4)).to(address)).toMatchObject({ interfaceName, mtu });
  });

  it('returns the MTU of a route', () => {
    const routes = new RouteTable(
      parseRoutes4(TABLE4).filter(({ interfaceName }) => interfaceName === 'tun0'),
    );
    expect(routes.to('10.9.1.1')).toMatchObject({ mtu: 1400 });
    expect(routes.to('192.0.2.1')).toBeUndefined();
  });

  it.each([
    ['2001:db8:0:1::9', 'eth1'],
    ['2001:db8:0:1:2:3:4:5', 'eth1'],
    ['2001:db8:0:2::9', 'eth0'],
    ['2001::', 'eth0'],
    ['::1', 'eth0'],
    ['64:ff9b::192.0.2.9', 'eth0'],
  ])('finds the interface to %s', (address, interfaceName) => {
    expect(new RouteTable(parseRoutes6(TABLE6)).to(address)).toMatchObject({ interfaceName });
  });
});
