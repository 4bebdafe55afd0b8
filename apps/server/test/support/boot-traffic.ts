import { createHash } from 'node:crypto';

import { type RunningDaemon } from './daemon.js';

/** Events for a machine's requests. */
const TRAFFIC = /^(?:tftp|http)\./;

let marks = 0;

/** Marks the log with a request for a missing file. */
export type Mark = (daemon: RunningDaemon, path: string) => Promise<unknown>;

/** Marks the log with an HTTP request, in order with other HTTP requests. */
export const markByHttp: Mark = (daemon, path) =>
  fetch(`http://127.0.0.1:${daemon.port('http')}${path}`);

/**
 * Returns the messages logged while a client acts. Marker requests delimit them; a transfer is logged when
 * its file is closed, so a line may follow the second marker.
 *
 * @param count - expected number of messages
 */
export async function messagesOf(
  daemon: RunningDaemon,
  mark: Mark,
  count: number,
  client: () => Promise<void>,
): Promise<readonly string[]> {
  const from = await marked(daemon, mark);
  await client();
  const to = await marked(daemon, mark);
  for (;;) {
    const messages = daemon.log
      .filter(({ event = '' }, index) => index > from && index !== to && TRAFFIC.test(event))
      .map((line) => String(line['msg']));
    if (messages.length >= count) {
      return messages;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Adds a marker to the log, and returns its index. */
async function marked(daemon: RunningDaemon, mark: Mark): Promise<number> {
  marks++;
  const path = `/mark-${marks}`;
  await mark(daemon, path);
  for (;;) {
    const index = daemon.log.findIndex((line) => line['path'] === path || line['file'] === path);
    if (index >= 0) {
      return index;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Returns the folder of an image, as in the menu: `/debian/trixie/20250803+deb13u7/amd64/text`. */
export async function imageFolder(
  daemon: RunningDaemon,
  suite: string,
  variant: string,
): Promise<string> {
  const menu = await fetch(`http://127.0.0.1:${daemon.port('http')}/pxelinux.cfg/default`);
  const pattern = new RegExp(`/debian/${suite}/[^/]+/amd64/${variant}(?=/linux)`);
  const folder = pattern.exec(await menu.text())?.[0];
  if (folder === undefined) {
    throw new Error(`no ${suite} ${variant} in the menu`);
  }
  return folder;
}

/** Fetches the file at a path with a tolerant HTTP client. */
export async function fileAt(daemon: RunningDaemon, path: string): Promise<Buffer> {
  const answer = await fetch(`http://127.0.0.1:${daemon.port('http')}${path}`);
  if (!answer.ok) {
    throw new Error(`${path}: HTTP ${answer.status}`);
  }
  return Buffer.from(await answer.arrayBuffer());
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
