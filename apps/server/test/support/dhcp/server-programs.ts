import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { unpackPrograms } from '@pxe/lab-host';

import { DhcpServerLink, type ServerProgram } from './server-link.js';

/** Returns the program of a server whose configuration contains a snippet. */
export type Configure = (snippet: string, directory: string) => Promise<ServerProgram>;

const { SERVER_INTERFACE } = DhcpServerLink;

async function dnsmasq(snippet: string, directory: string): Promise<ServerProgram> {
  const file = join(directory, 'pxeboot.conf');
  await writeFile(file, snippet);
  return {
    program: 'dnsmasq',
    args: [
      ...['--no-daemon', '--user=root', '--port=0', '--no-ping', `--conf-file=${file}`],
      ...[`--interface=${SERVER_INTERFACE}`, '--dhcp-range=10.90.0.50,10.90.0.200'],
      ...[`--dhcp-leasefile=${join(directory, 'leases')}`, '--pid-file='],
    ],
  };
}

/** A dnsmasq that knows only from the snippet which network it serves. */
export const dnsmasqProxy: Configure = async (snippet, directory) => {
  const file = join(directory, 'pxeboot-proxy.conf');
  await writeFile(file, snippet);
  return {
    program: 'dnsmasq',
    args: [
      ...['--no-daemon', '--user=root', `--conf-file=${file}`, '--pid-file='],
      `--interface=${SERVER_INTERFACE}`,
    ],
  };
};

/** Real DHCP servers by their names in `pxeboot dhcp`, on the host of the server. */
export const DHCP_PROGRAMS: Readonly<Record<string, Configure>> = {
  dnsmasq,
  openwrt: dnsmasq,

  async isc(snippet, directory) {
    const { root } = await unpackPrograms(['isc-dhcp-server']);
    const subnet = 'subnet 10.90.0.0 netmask 255.255.255.0 { range 10.90.0.50 10.90.0.200; }';
    const file = join(directory, 'dhcpd.conf');
    await writeFile(file, `ping-check false;\n${snippet}\n${subnet}\n`);
    await writeFile(join(directory, 'leases'), '');
    return {
      program: join(root, 'usr/sbin/dhcpd'),
      args: [
        ...['-f', '-4', '-cf', file, '-lf', join(directory, 'leases')],
        ...['-pf', join(directory, 'pid'), SERVER_INTERFACE],
      ],
    };
  },

  async kea(snippet, directory) {
    const { root, libraryPath } = await unpackPrograms(['kea-dhcp4-server']);
    const file = join(directory, 'kea.json');
    const pools = [{ pool: '10.90.0.50-10.90.0.200' }];
    const Dhcp4 = {
      'interfaces-config': { interfaces: [SERVER_INTERFACE] },
      'lease-database': { type: 'memfile', persist: false },
      subnet4: [{ id: 1, subnet: '10.90.0.0/24', pools }],
      ...(JSON.parse(snippet) as object),
    };
    await writeFile(file, JSON.stringify({ Dhcp4 }));
    return {
      program: join(root, 'usr/sbin/kea-dhcp4'),
      args: ['-c', file],
      env: {
        LD_LIBRARY_PATH: libraryPath,
        KEA_PIDFILE_DIR: directory,
        KEA_LOCKFILE_DIR: directory,
      },
    };
  },
};
