import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { renderDhcpConfiguration } from '../dhcp-configuration.js';
import { type ConfigureDhcp } from '../dhcp-program.js';

/** The host's dnsmasq. */
export const dnsmasq: ConfigureDhcp = async ({ bootLines, ipVersion, directory }) => {
  const file = join(directory, 'dnsmasq.conf');
  const leases = join(directory, 'dhcp.leases');
  await writeFile(file, renderDhcpConfiguration(bootLines, leases, ipVersion));
  return {
    command: 'dnsmasq',
    args: [`--conf-file=${file}`],
    ready: /DHCP(?:v6)?, IP range/,
    lease: /DHCPACK|DHCPREPLY/,
  };
};
