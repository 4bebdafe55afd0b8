import { join } from 'node:path';

import { type Namespace, type Program } from '@pxe/lab-host';

import { type ConfigureDhcp, type DhcpSettings } from './dhcp-program.js';
import { dnsmasqProxy } from './dhcp-servers/dnsmasq-proxy.js';
import { dnsmasq } from './dhcp-servers/dnsmasq.js';
import { iscDhcp } from './dhcp-servers/isc.js';
import { kea } from './dhcp-servers/kea.js';

/** DHCP servers by their names in `pxeboot dhcp`. */
const DHCP_SERVERS = { dnsmasq, isc: iscDhcp, kea } satisfies Record<string, ConfigureDhcp>;

/** Name of a DHCP server in `pxeboot dhcp`. */
export type DhcpServerName = keyof typeof DHCP_SERVERS;

/** ProxyDHCP services other than the daemon's own, by their names in `pxeboot dhcp`. */
const DHCP_PROXIES = { 'dnsmasq-proxy': dnsmasqProxy } satisfies Record<string, ConfigureDhcp>;

/** Name of a ProxyDHCP service in `pxeboot dhcp`. */
export type DhcpProxyName = keyof typeof DHCP_PROXIES;

/** Running DHCP server. */
export interface DhcpServer {
  readonly program: Program;
  /** Matches the log line that confirms an address, or, for a ProxyDHCP service, the one that names a boot file. */
  readonly lease: RegExp;
}

/**
 * Starts the network's DHCP server, or a ProxyDHCP service next to it, inside the namespace, and waits until it is
 * ready.
 */
export async function startDhcpServer(
  namespace: Namespace,
  name: DhcpServerName | DhcpProxyName,
  settings: DhcpSettings,
  signal: AbortSignal,
): Promise<DhcpServer> {
  const configure = { ...DHCP_SERVERS, ...DHCP_PROXIES }[name];
  const { command, args, env, ready, lease } = await configure(settings);
  const program = await namespace.start(command, args, {
    env: { ...process.env, ...env },
    logFile: join(settings.directory, name in DHCP_PROXIES ? 'dhcp-proxy.log' : 'dhcp.log'),
  });
  await program.line(ready, signal);
  return { program, lease };
}
