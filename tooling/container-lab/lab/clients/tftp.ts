import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Namespace } from '@pxe/lab-host';

/**
 * Reads a file with tftp-hpa, which drops answers from any address but the one it asked (curl and
 * atftp do not, so they would prove nothing about NAT).
 *
 * @returns the file; undefined if the client gave up or received nothing within `timeoutMs`
 */
export async function readByTftp(
  client: Namespace,
  address: string,
  path: string,
  timeoutMs = 10_000,
): Promise<Buffer | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'tftp-'));
  try {
    const file = join(directory, 'file');
    const request = ['-m', 'binary', address, '-c', 'get', path, file];
    const { exitCode, stdout } = await client.run('tftp', request, { timeoutMs });
    // tftp-hpa ends with 0 after an ERROR from the server, which it prints.
    return exitCode === 0 && stdout === '' ? await readFile(file) : undefined;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Returns the SHA-256, in hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
