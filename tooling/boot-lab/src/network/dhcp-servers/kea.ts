import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { unpackPrograms } from '@pxe/lab-host';

import { type ConfigureDhcp } from '../dhcp-program.js';
import { LAB_NETWORK } from '../lab-network.js';

/** Kea from Debian's package. */
export const kea: ConfigureDhcp = async ({ bootLines, ipVersion, directory }) => {
  const { root, libraryPath } = await unpackPrograms([`kea-dhcp${ipVersion}-server`]);
  const file = join(directory, 'kea.json');
  const server = {
    'interfaces-config': { interfaces: [LAB_NETWORK.tap] },
    'lease-database': { type: 'memfile', persist: false },
    ...(ipVersion === 4 ? IPV4_LEASES : IPV6_LEASES),
    ...readObject(bootLines),
  };
  await writeFile(file, JSON.stringify({ [`Dhcp${ipVersion}`]: server }));
  return {
    command: join(root, `usr/sbin/kea-dhcp${ipVersion}`),
    args: ['-c', file],
    env: {
      LD_LIBRARY_PATH: libraryPath,
      KEA_PIDFILE_DIR: directory,
      KEA_LOCKFILE_DIR: directory,
    },
    ready: /DHCP[46]_STARTED/,
    lease: /DHCP[46]_LEASE_ALLOC/,
  };
};

/** Reads the members of an object from JSON; an empty text has none. */
function readObject(json: string): Readonly<Record<string, unknown>> {
  return json === '' ? {} : z.record(z.string(), z.unknown()).parse(JSON.parse(json));
}

const { clientAddress, installerAddress, clientMac, network, prefixLength } = LAB_NETWORK;
const { clientIpv6Range, ipv6Prefix, tap } = LAB_NETWORK;

const IPV4_LEASES = {
  authoritative: true,
  subnet4: [
    {
      id: 1,
      subnet: `${network}/${prefixLength}`,
      pools: [{ pool: `${clientAddress}-${installerAddress}` }],
      reservations: [{ 'hw-address': clientMac, 'ip-address': clientAddress }],
    },
  ],
};

const IPV6_LEASES = {
  'server-id': { type: 'LL', persist: false },
  subnet6: [
    {
      id: 1,
      subnet: `${ipv6Prefix}/64`,
      interface: tap,
      pools: [{ pool: clientIpv6Range.join('-') }],
    },
  ],
};
