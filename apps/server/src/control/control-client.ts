import { access } from 'node:fs/promises';
import { type IncomingMessage, type RequestOptions } from 'node:http';

import { type BootChange } from '../machines/boot-correlator.js';
import { type Boot } from '../machines/boot.js';
import { controlSocketPath } from './socket-path.js';

/**
 * Returns the boots of the daemon that uses this data directory, newest first.
 *
 * @throws Error with the system `code`, such as `ENOENT` or `ECONNREFUSED`, when no daemon can be reached
 */
export async function readBoots(dataDir: string): Promise<readonly Boot[]> {
  const { boots } = (await readJson(dataDir, '/boots')) as { boots: Boot[] };
  return boots;
}

/**
 * Returns the reason why the daemon does not serve images yet; undefined if it serves some.
 *
 * @throws the same errors as {@link readBoots}
 */
export async function readFetchStatus(dataDir: string): Promise<string | undefined> {
  const { status } = (await readJson(dataDir, '/fetch-status')) as { status?: string };
  return status;
}

async function readJson(dataDir: string, path: string): Promise<unknown> {
  return jsonOf(await send(dataDir, { path }));
}

/** Yields each change to a boot, until the daemon ends or the signal is aborted. */
export async function* followBoots(
  dataDir: string,
  signal: AbortSignal,
): AsyncGenerator<BootChange, void, void> {
  const response = await send(dataDir, { path: '/boots/changes', signal });
  const { createInterface } = await import('node:readline');
  for await (const line of createInterface({ input: response, crlfDelay: Infinity })) {
    yield JSON.parse(line) as BootChange;
  }
}

/** Response from the API. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Sends a request to the API of the daemon that uses this data directory.
 *
 * @param path - path below `/api/v1`
 * @param body - body of the request, sent as JSON
 * @throws the same errors as {@link readBoots}
 */
export async function askApi(
  dataDir: string,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: object,
): Promise<ApiAnswer> {
  // Every change has a JSON body, even one without values.
  const text = method === 'GET' ? undefined : JSON.stringify(body ?? {});
  const options = {
    path: `/api/v1${path}`,
    method,
    headers: {
      Host: 'localhost',
      ...(text !== undefined && {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(text),
      }),
    },
  };
  const response = await send(dataDir, options, text);
  return { status: response.statusCode ?? 0, body: await jsonOf(response) };
}

/** Sends a request to the control socket. */
async function send(
  dataDir: string,
  options: RequestOptions,
  body?: string,
): Promise<IncomingMessage> {
  const socketPath = controlSocketPath(dataDir);
  // Without a daemon there is usually no socket, and checking takes less time than loading the HTTP client.
  await access(socketPath);
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    request({ ...options, socketPath }, resolve)
      .once('error', reject)
      .end(body);
  });
}

async function jsonOf(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
