import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Namespace, type Program } from '@pxe/lab-host';

import { renderDhcpConfiguration } from './dhcp-configuration.js';

/**
 * Starts dnsmasq as the network's DHCP server inside the namespace and waits until it is ready.
 *
 * @param bootLines - lines of dnsmasq's configuration that tell machines what to boot
 * @param directory - directory for its configuration, leases and log
 */
export async function startDhcpServer(
  namespace: Namespace,
  bootLines: string,
  directory: string,
  signal: AbortSignal,
): Promise<Program> {
  const configuration = join(directory, 'dnsmasq.conf');
  await writeFile(
    configuration,
    renderDhcpConfiguration(bootLines, join(directory, 'dhcp.leases')),
  );
  const program = await namespace.start('dnsmasq', [`--conf-file=${configuration}`], {
    logFile: join(directory, 'dnsmasq.log'),
  });
  await program.line(/DHCP, IP range/, signal);
  return program;
}
