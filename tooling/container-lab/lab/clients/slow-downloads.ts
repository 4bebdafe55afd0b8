import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { type Namespace } from '@pxe/lab-host';

/** A download that takes several seconds. */
export interface SlowDownload {
  /** SHA-256 of the content in hexadecimal, once it is complete. */
  readonly sha256: Promise<string>;
}

/**
 * Downloads a file over TFTP, with a delay before each ACK.
 *
 * @returns when the first block has arrived
 */
export function startSlowTftp(
  client: Namespace,
  address: string,
  path: string,
  waitMs: number,
): Promise<SlowDownload> {
  return start(client, 'slow-tftp.mjs', [address, path, String(waitMs)]);
}

/**
 * Downloads a file over HTTP.
 *
 * @returns when the answer's headers have arrived
 */
export function startSlowHttp(
  client: Namespace,
  url: string,
  bytesPerSecond: number,
): Promise<SlowDownload> {
  return start(client, 'slow-http.mjs', [url, String(bytesPerSecond)]);
}

/** Starts a client that prints "started" and, at the end, the hash. */
async function start(
  { name }: Namespace,
  script: string,
  args: readonly string[],
): Promise<SlowDownload> {
  const command = [process.execPath, join(import.meta.dirname, script), ...args];
  const child = spawn('ip', ['netns', 'exec', name, ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout });
  output.on('line', (line) => lines.push(line));
  const ended = once(child, 'close');
  await Promise.race([once(output, 'line'), ended]);
  return { sha256: ended.then(() => lines[1] ?? 'the download ended early') };
}
