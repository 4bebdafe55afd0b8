import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { mirrorSource, NetbootError, syncImages } from '../src/index.js';
import { afterTest, QUICK, temporaryStore, TRIXIE_TEXT } from './support/made-up-mirror.js';

/** Sends a response to a request for as long as the client reads it. */
type Answer = (send: (text: string) => Promise<void>, path: string) => Promise<void>;

/** Maximum growth of memory, in bytes; a response can be gigabytes long. */
const MAX_MEMORY = 200 * 1024 * 1024;

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const LONG = 'x'.repeat(8_000);

/** Sends a text endlessly, with a pause of `pauseMs` after each time. */
async function endlessly(
  send: (text: string) => Promise<void>,
  text: string | ((index: number) => string),
  pauseMs = 0,
): Promise<never> {
  for (let index = 0; ; index += 1) {
    await send(typeof text === 'string' ? text : text(index));
    if (pauseMs > 0) {
      await sleep(pauseMs);
    }
  }
}

const ANSWERS: Readonly<Record<string, Answer>> = {
  'a head that comes byte by byte': (send) =>
    endlessly(send, (index) => `${OK}X: ${LONG}`.charAt(index) || 'x', 5),
  'endless header fields': async (send) => {
    await send(OK);
    await endlessly(send, (index) => `X-${index}: ${LONG}\r\n`);
  },
  'an endless header field': async (send) => {
    await send(`${OK}X: `);
    await endlessly(send, LONG);
  },
  'an endless status line': async (send) => {
    await send('HTTP/1.1 200 ');
    await endlessly(send, LONG);
  },
  'endless redirects, each to another name': async (send, path) => {
    await send(
      `HTTP/1.1 302 Found\r\nLocation: ${path}x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    );
  },
  'a redirect to an endless name': async (send) => {
    await send('HTTP/1.1 302 Found\r\nLocation: /');
    await endlessly(send, LONG);
  },
  'an endless chunk size': async (send) => {
    await send(CHUNKED);
    await endlessly(send, '0'.repeat(8_000));
  },
  'an endless chunk extension': async (send) => {
    await send(`${CHUNKED}1;`);
    await endlessly(send, LONG);
  },
  'endless chunks of one byte': async (send) => {
    await send(CHUNKED);
    await endlessly(send, '1\r\nx\r\n'.repeat(1_000));
  },
  'a chunk of an absurd size': async (send) => {
    await send(`${CHUNKED}FFFFFFFFFFFFFFFF\r\n`);
    await endlessly(send, LONG);
  },
  'endless trailers': async (send) => {
    await send(`${CHUNKED}0\r\n`);
    await endlessly(send, (index) => `X-${index}: ${LONG}\r\n`);
  },
  'an endless body without a length': async (send) => {
    await send(`${OK}\r\n`);
    await endlessly(send, LONG);
  },
  'a negative length': (send) => send(`${OK}Content-Length: -1\r\n\r\nx`),
  'two lengths': (send) => send(`${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`),
  'both a length and chunks': (send) =>
    send(`${OK}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nxx`),
  'part of a file that was requested whole': (send) =>
    send(
      'HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-6/9\r\nContent-Length: 1\r\n\r\nx',
    ),
  'a whole file with the range of another': (send) =>
    send(`${OK}Content-Range: bytes 5-6/9\r\nContent-Length: 1\r\n\r\nx`),
  'another protocol after an upgrade': (send) =>
    send('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nxxxx'),
  'a body in an encoding that was not requested': (send) =>
    send(`${OK}Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx`),
  'no content': (send) => send('HTTP/1.1 204 No Content\r\n\r\n'),
  'an answer to nothing': (send) => send(`${OK}Content-Length: 0\r\n\r\n`.repeat(1_000)),
};

describe('a mirror that answers with', () => {
  it.each(Object.entries(ANSWERS))(
    '%s makes a sync fail, without much memory or many connections',
    async (_what, answer) => {
      let connections = 0;
      const sockets = new Set<Socket>();
      const server = createServer((socket) => {
        connections += 1;
        sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => sockets.delete(socket));
        const send = async (text: string): Promise<void> => {
          if (socket.destroyed) {
            throw new Error('closed');
          }
          socket.write(text, 'latin1');
          while (socket.writableNeedDrain) {
            await sleep(1);
          }
        };
        socket.on('data', (request: Buffer) => {
          const path = request.toString('latin1').split(' ')[1] ?? '';
          answer(send, path).catch(() => undefined);
        });
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      afterTest(async () => {
        for (const socket of sockets) {
          socket.destroy();
        }
        await new Promise((resolve) => server.close(resolve));
      });
      const { port } = server.address() as AddressInfo;
      const memoryBefore = process.memoryUsage().rss;

      const failure: unknown = await syncImages({
        store: await temporaryStore(),
        source: mirrorSource({
          ...QUICK,
          mirrors: [`http://127.0.0.1:${port}/debian`],
          answerTimeoutMs: 300,
          speedWindowMs: 500,
        }),
        images: [TRIXIE_TEXT],
      }).catch((error: unknown) => error);

      expect(failure).toBeInstanceOf(NetbootError);
      expect(process.memoryUsage().rss - memoryBefore).toBeLessThan(MAX_MEMORY);
      expect(connections).toBeLessThan(60);
    },
  );
});
