import { isIPv6 } from 'node:net';

import { PORTS } from '../daemon/daemon.js';
import { type LabNetwork } from '../network/lab-network.js';

/** Time limit in milliseconds for tftp-hpa, which repeats a request after 5 s and gives up after 25 s. */
const TFTP_TIMEOUT_MS = 30_000;
const HTTP_CONNECT_SECONDS = 10;
const HTTP_TIMEOUT_SECONDS = 60;

/** Part of the lab network that a client needs. */
export type ClientNetwork = Pick<LabNetwork, 'client' | 'serverAddress'>;

/** Downloads a file with tftp-hpa; returns the program's message on failure, otherwise undefined. */
export async function downloadByTftp(
  { client, serverAddress }: ClientNetwork,
  name: string,
  file: string,
): Promise<string | undefined> {
  const request = ['-m', 'binary', serverAddress, '-c', 'get', name, file];
  const { exitCode, stdout } = await client.run('tftp', request, { timeoutMs: TFTP_TIMEOUT_MS });
  // tftp-hpa exits with 0 even after an ERROR from the server or a timeout, but prints these.
  return exitCode === 0 && stdout === '' ? undefined : stdout.trim() || `ended with ${exitCode}`;
}

/** Downloads a file with curl; returns the program's message on failure, otherwise undefined. */
export async function downloadByHttp(
  { client, serverAddress }: ClientNetwork,
  path: string,
  file: string,
): Promise<string | undefined> {
  const host = isIPv6(serverAddress) ? `[${serverAddress}]` : serverAddress;
  const { exitCode, stderr } = await client.run('curl', [
    ...['--silent', '--show-error', '--fail', '--output', file],
    ...['--connect-timeout', String(HTTP_CONNECT_SECONDS)],
    ...['--max-time', String(HTTP_TIMEOUT_SECONDS), `http://${host}:${PORTS.http}${path}`],
  ]);
  return exitCode === 0 ? undefined : stderr.trim();
}
