import { Argument, type Command } from 'commander';

import { DHCP_TITLES } from '../../dhcp/server-titles.js';
import { addConfigFlags, sectionsOf } from '../config-flags.js';
import { type Terminal } from '../terminal.js';

/** Defines the command that prints the configuration for a DHCP server. */
export function defineDhcp(dhcp: Command, { env, print }: Terminal): void {
  addConfigFlags(
    dhcp
      .addArgument(
        new Argument(
          '[server]',
          'the DHCP server to configure (default: list the choices)',
        ).choices(Object.keys(DHCP_TITLES)),
      )
      .option(
        '--address <ip>',
        'address of this server; an IPv6 address selects the DHCPv6 configuration (default: the IPv4 address of advertise, or of the interface with the default route)',
      ),
    ['dataDir', 'advertise', 'http.listen'],
  ).action(async (name: string | undefined, options: { address?: string }, command: Command) => {
    if (name === undefined) {
      print(choices());
      return;
    }
    const config = await sectionsOf(command, env, ['dataDir', 'advertise', 'http']);
    const { dhcpSnippet } = await import('./dhcp/snippet.js');
    print(await dhcpSnippet(config, name, options.address));
  });
}

/** Returns the DHCP servers whose configuration can be printed. */
function choices(): string {
  const width = Math.max(...Object.keys(DHCP_TITLES).map(({ length }) => length));
  return [
    'Name your DHCP server, as in "pxeboot dhcp dnsmasq":',
    ...Object.entries(DHCP_TITLES).map(([name, title]) => `  ${name.padEnd(width)}  ${title}`),
    'To leave the DHCP server unchanged, set proxyDhcp.enabled: true instead.',
  ].join('\n');
}
