import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type ConfigureDhcp } from '../dhcp-program.js';
import { LAB_NETWORK } from '../lab-network.js';

/** The host's dnsmasq as a ProxyDHCP service, which shares port 67 with the DHCP server. */
export const dnsmasqProxy: ConfigureDhcp = async ({ bootLines, directory }) => {
  const file = join(directory, 'dnsmasq-proxy.conf');
  const lines = [
    ...['no-daemon', 'user=root', 'log-dhcp', 'log-facility=-', 'pid-file='],
    ...[`interface=${LAB_NETWORK.tap}`, 'bind-interfaces', bootLines],
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return {
    command: 'dnsmasq',
    args: [`--conf-file=${file}`],
    ready: /DHCP, proxy on subnet/,
    lease: /bootfile name: /,
  };
};
