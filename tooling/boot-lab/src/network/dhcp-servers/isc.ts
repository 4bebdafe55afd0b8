import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { unpackPrograms } from '@pxe/lab-host';

import { type ConfigureDhcp } from '../dhcp-program.js';
import { LAB_NETWORK } from '../lab-network.js';

/** ISC dhcpd from Debian's package. */
export const iscDhcp: ConfigureDhcp = async ({ bootLines, ipVersion, directory }) => {
  const { root } = await unpackPrograms(['isc-dhcp-server']);
  const file = join(directory, 'dhcpd.conf');
  const leases = join(directory, 'dhcpd.leases');
  const lines = ['authoritative;', bootLines, ...(ipVersion === 4 ? IPV4_LEASES : IPV6_LEASES)];
  await writeFile(file, `${lines.join('\n')}\n`);
  await writeFile(leases, '');
  return {
    command: join(root, 'usr/sbin/dhcpd'),
    args: [
      ...['-d', `-${ipVersion}`, '-cf', file, '-lf', leases],
      ...['-pf', join(directory, 'dhcpd.pid'), tap],
    ],
    ready: /Server starting service/,
    lease: /DHCPACK|Sending Reply/,
  };
};

const { clientAddress, installerAddress, clientMac, network, netmask, tap } = LAB_NETWORK;
const { clientIpv6Range, ipv6Prefix } = LAB_NETWORK;

const IPV4_LEASES: readonly string[] = [
  'ping-check false;',
  `subnet ${network} netmask ${netmask} { range ${clientAddress} ${installerAddress}; }`,
  `host machine { hardware ethernet ${clientMac}; fixed-address ${clientAddress}; }`,
];

const IPV6_LEASES: readonly string[] = [
  `subnet6 ${ipv6Prefix}/64 { range6 ${clientIpv6Range.join(' ')}; }`,
];
