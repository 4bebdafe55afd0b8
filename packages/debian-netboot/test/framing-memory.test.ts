import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { describe, expect, it } from 'vitest';

import { mirrorSource, syncImages } from '../src/index.js';
import { afterTest, temporaryStore, TRIXIE_TEXT } from './support/made-up-mirror.js';

const LIMIT_BYTES = 16 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** One byte of content, and 60,000 around it. */
const CHUNK = Buffer.from(`1;${'x'.repeat(60_000)}\r\n0\r\n`);
const CHUNKS = 1000;

/** Sends a body that consists almost entirely of framing; resolves when the client has read it. */
async function sendFraming(socket: Socket): Promise<void> {
  socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
  for (let count = 0; count < CHUNKS; count += 1) {
    if (!socket.write(CHUNK)) {
      await once(socket, 'drain');
    }
  }
}

/** Returns the growth of memory, in bytes. Excludes garbage, which is freed in the background. */
async function memoryHeld(before: number): Promise<number> {
  let least = Infinity;
  for (let count = 0; count < 20 && least > LIMIT_BYTES; count += 1) {
    collectGarbage();
    await sleep(25);
    least = Math.min(least, process.memoryUsage().arrayBuffers - before);
  }
  return least;
}

describe('framing memory', () => {
  it('limits the memory of early indexes to the size of their content', async () => {
    let sent: Promise<void> | undefined;
    let held: number | undefined;
    const before = process.memoryUsage().arrayBuffers;
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (request: Buffer) => {
        const answer = async (): Promise<void> => {
          const path = request.toString('latin1').split(' ')[1] ?? '';
          if (path.endsWith('/Packages.gz')) {
            sent = sendFraming(socket);
          }
          if (!path.endsWith('/InRelease')) {
            return;
          }
          // The InRelease is requested after the others.
          while (sent === undefined) {
            await once(server, 'connection');
          }
          await sent;
          held = await memoryHeld(before);
          socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
        };
        void answer();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    afterTest(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo;
    const syncing = syncImages({
      store: await temporaryStore(),
      source: mirrorSource({ mirrors: [`http://127.0.0.1:${port}`], retries: 0 }),
      images: [TRIXIE_TEXT],
    });
    await expect(syncing).rejects.toMatchObject({ code: 'ERR_NETBOOT_FILE_NOT_FOUND' });
    expect(held).toBeDefined();
    expect(held).toBeLessThan(LIMIT_BYTES);
  });
});
