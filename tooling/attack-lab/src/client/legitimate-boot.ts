import { mkdtemp, rm, stat } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PORTS } from '../daemon/daemon.js';
import { type LabNetwork } from '../network/lab-network.js';
import { imagePath } from '../store/lab-store.js';

/** Result of booting a machine that is unrelated to the attack. */
export interface BootResult {
  readonly booted: boolean;
  /** The step that failed, with the client's own message. */
  readonly failure: string | undefined;
  readonly seconds: number;
}

/** tftp-hpa repeats a request after 5 s and gives up after 25 s. */
const TFTP_TIMEOUT_MS = 30_000;
const HTTP_CONNECT_SECONDS = 10;
const HTTP_TIMEOUT_SECONDS = 60;

/** Files that a BIOS machine loads over TFTP, in order. */
const TFTP_FILES = ['lpxelinux.0', 'ldlinux.c32', 'pxelinux.cfg/default'];
/** Files that lpxelinux then loads over HTTP. */
const HTTP_FILES = ['linux', 'initrd.gz'];

/**
 * Downloads the files of a boot as firmware would: the loader and menu with tftp-hpa, then kernel
 * and initrd with curl. Each client has its own timeouts, and no step is tried twice.
 */
export async function bootOnce({
  client,
  serverAddress,
}: Pick<LabNetwork, 'client' | 'serverAddress'>): Promise<BootResult> {
  const directory = await mkdtemp(join(tmpdir(), 'attack-lab-boot-'));
  const startedAt = Date.now();
  const result = (failure?: string): BootResult => ({
    booted: failure === undefined,
    failure,
    seconds: (Date.now() - startedAt) / 1000,
  });
  try {
    const file = join(directory, 'file');
    for (const name of TFTP_FILES) {
      const request = ['-m', 'binary', serverAddress, '-c', 'get', name, file];
      const { exitCode, stdout } = await client.run('tftp', request, {
        timeoutMs: TFTP_TIMEOUT_MS,
      });
      // tftp-hpa ends with 0 after an ERROR of the server or a timeout, which it prints.
      if (exitCode !== 0 || stdout !== '') {
        return result(`TFTP ${name}: ${stdout.trim() || `ended with ${exitCode}`}`);
      }
      if ((await stat(file)).size === 0) {
        return result(`TFTP ${name}: empty`);
      }
      await rm(file);
    }
    for (const name of HTTP_FILES) {
      const host = isIPv6(serverAddress) ? `[${serverAddress}]` : serverAddress;
      const url = `http://${host}:${PORTS.http}${imagePath('trixie', 'text', name)}`;
      const { exitCode, stderr } = await client.run('curl', [
        ...['--silent', '--show-error', '--fail', '--output', '/dev/null'],
        ...['--connect-timeout', String(HTTP_CONNECT_SECONDS)],
        ...['--max-time', String(HTTP_TIMEOUT_SECONDS), url],
      ]);
      if (exitCode !== 0) {
        return result(`HTTP ${name}: ${stderr.trim()}`);
      }
    }
    return result();
  } finally {
    await rm(directory, { recursive: true });
  }
}
