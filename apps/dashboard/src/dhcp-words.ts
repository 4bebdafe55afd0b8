import { type Server } from './api/types.js';

type Link = Server['proxyDhcp'][number];

/** Returns the problems that keep machines from booting by ProxyDHCP, each with its remedy. */
export function proxyDhcpWarnings(links: readonly Link[]): readonly string[] {
  const warnings = links.flatMap(({ servers, ignoring }) =>
    [...servers, ...ignoring].flatMap(({ advice }) => advice ?? []),
  );
  return [...new Set(warnings)];
}

/** Returns the servers that give addresses on an interface, as in `192.0.2.1 (dnsmasq)`. */
export function addressesFrom({ servers }: Link): string {
  const giving = servers.filter(({ givesAddresses }) => givesAddresses);
  return giving.length === 0
    ? 'no DHCP server seen yet'
    : giving
        .map(({ address, program }) =>
          program === undefined ? address : `${address} (${program})`,
        )
        .join(', ');
}
