import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

import { Agent } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';

import { compactBodies } from './compact-bodies.js';

const servers: Server[] = [];
const agents: Agent[] = [];

describe('compact bodies', () => {
  afterEach(async () => {
    await Promise.all(agents.splice(0).map((agent) => agent.destroy()));
    for (const server of servers.splice(0)) {
      server.close();
    }
  });

  /** Starts a server that answers with raw bytes, and returns its origin. */
  async function serving(answer: string): Promise<string> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(answer, 'latin1'));
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Returns the raw pieces of a body. */
  async function piecesOf(answer: string): Promise<readonly Buffer[]> {
    const origin = await serving(answer);
    const agent = new Agent();
    agents.push(agent);
    const pieces: Buffer[] = [];
    await new Promise<void>((resolve, reject) => {
      const handler = {
        onRequestStart: () => undefined,
        onResponseStart: () => undefined,
        onResponseData(_controller: unknown, piece: Buffer) {
          pieces.push(piece);
        },
        onResponseEnd() {
          resolve();
        },
        onResponseError(_controller: unknown, error: Error) {
          reject(error);
        },
      };
      compactBodies(agent).dispatch({ origin, path: '/', method: 'GET' }, handler);
    });
    return pieces;
  }

  /** Returns the number of bytes of memory that pieces keep alive. */
  function heldBy(pieces: readonly Buffer[]): number {
    const blocks = new Set(pieces.map(({ buffer }) => buffer));
    return [...blocks].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  const HEAD = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

  describe('a body', () => {
    it.each([
      ['extensions of its chunks', (byte: string) => `1;${'x'.repeat(8000)}\r\n${byte}\r\n`],
      ['sizes of its chunks', (byte: string) => `${'0'.repeat(8000)}1\r\n${byte}\r\n`],
    ])('keeps none of the %s in memory', async (_what, chunk) => {
      const bytes = Array.from({ length: 500 }, (_, index) => String(index % 10));
      const pieces = await piecesOf(`${HEAD}${bytes.map(chunk).join('')}0\r\n\r\n`);
      expect(Buffer.concat(pieces).toString()).toBe(bytes.join(''));
      expect(heldBy(pieces)).toBeLessThanOrEqual(16 * 1024);
    });

    it('is refused if it consists of tiny chunks', async () => {
      const tiny = '1\r\nx\r\n'.repeat(20_000);
      await expect(piecesOf(`${HEAD}${tiny}0\r\n\r\n`)).rejects.toThrow(
        'the body consists of tiny chunks',
      );
    });

    it('may have some tiny chunks, or many that are not tiny', async () => {
      const tiny = '1\r\nx\r\n'.repeat(9_999);
      expect(await piecesOf(`${HEAD}${tiny}0\r\n\r\n`)).toHaveLength(9_999);
      const small = `50\r\n${'x'.repeat(80)}\r\n`.repeat(20_000);
      const pieces = await piecesOf(`${HEAD}${small}0\r\n\r\n`);
      expect(Buffer.concat(pieces)).toHaveLength(80 * 20_000);
    });

    it('is complete whatever the size of its pieces', async () => {
      const sizes = [1, 5000, 3, 20_000, 16_384, 2, 60_000, 7];
      const parts = sizes.map((size, index) => String(index).repeat(size));
      const chunks = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
      const pieces = await piecesOf(`${HEAD}${chunks.join('')}0\r\n\r\n`);
      expect(Buffer.concat(pieces).toString()).toBe(parts.join(''));
    });
  });
});
