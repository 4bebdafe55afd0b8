import { join } from 'node:path';

import { type Namespace } from '@pxe/lab-host';

/** A download that takes several seconds. */
export interface SlowDownload {
  /** SHA-256 of the content in hexadecimal, once it is complete. */
  readonly sha256: Promise<string>;
}

/**
 * Downloads a file over TFTP, with a delay before each ACK; resolves when the first block has arrived.
 */
export function startSlowTftp(
  client: Namespace,
  address: string,
  path: string,
  waitMs: number,
): Promise<SlowDownload> {
  return start(client, 'slow-tftp.mjs', [address, path, String(waitMs)]);
}

/** Downloads a file over HTTP; resolves when the response headers have arrived. */
export function startSlowHttp(
  client: Namespace,
  url: string,
  bytesPerSecond: number,
): Promise<SlowDownload> {
  return start(client, 'slow-http.mjs', [url, String(bytesPerSecond)]);
}

const START_TIMEOUT_MS = 30_000;

/** Starts a client that prints "started" and, at the end, the hash. */
async function start(
  client: Namespace,
  script: string,
  args: readonly string[],
): Promise<SlowDownload> {
  const path = join(import.meta.dirname, script);
  const program = await client.start(process.execPath, [path, ...args]);
  await program.line(/^started$/, START_TIMEOUT_MS);
  return {
    sha256: program.exited.then(() => program.stdout.entries[1] ?? 'the download ended early'),
  };
}
