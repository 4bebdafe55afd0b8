import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Journal } from '../process/journal.js';
import { type Program, startProgram } from '../process/program.js';
import { renderDhcpConfiguration } from './dhcp-configuration.js';
import { type NetworkNamespace } from './namespace.js';

/** dnsmasq as the network's DHCP server. */
export interface DhcpServer {
  readonly program: Program;
  /** Its log, line by line. */
  readonly log: Journal<string>;
}

/**
 * Starts dnsmasq inside the namespace and waits until it is ready.
 *
 * @param bootLines - lines of dnsmasq's configuration that tell machines what to boot
 * @param directory - for its configuration, leases and log
 */
export async function startDhcpServer(
  namespace: NetworkNamespace,
  bootLines: string,
  directory: string,
  signal: AbortSignal,
): Promise<DhcpServer> {
  const configuration = join(directory, 'dnsmasq.conf');
  await writeFile(
    configuration,
    renderDhcpConfiguration(bootLines, join(directory, 'dhcp.leases')),
  );
  const log = new Journal<string>();
  const program = await startProgram({
    name: 'dnsmasq',
    ...namespace.inside('dnsmasq', [`--conf-file=${configuration}`]),
    logFile: join(directory, 'dnsmasq.log'),
    onLine: (line) => {
      log.append(line);
    },
  });
  try {
    await log.next(0, (line) => line.includes('DHCP, IP range'), signal);
  } catch (error) {
    await program.stop();
    throw error;
  }
  return { program, log };
}
