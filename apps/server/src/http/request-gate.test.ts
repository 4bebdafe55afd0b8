import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { announcedBodyBytes, type GateRefusal, RequestGate } from './request-gate.js';

const MAX_HEAD_BYTES = 1024;
const GET = 'GET /first HTTP/1.1\r\nHost: x\r\n\r\n';

interface Gated {
  /** Requests created by the parser. */
  readonly requests: { readonly request: IncomingMessage; readonly response: ServerResponse }[];
  /** Body bytes passed on by the parser. */
  bodyBytes: number;
  readonly refused: GateRefusal[];
  readonly client: Socket;
  readonly received: () => string;
}

const open: (Server | Socket)[] = [];

async function gated(
  takesBody = false,
  takeTurn?: () => Promise<void> | undefined,
): Promise<Gated> {
  const requests: Gated['requests'] = [];
  const refused: GateRefusal[] = [];
  const gates = new WeakMap<Socket, RequestGate>();
  const server = createServer((request, response) => {
    requests.push({ request, response });
    const gate = gates.get(request.socket);
    gate?.begin(announcedBodyBytes(request), takesBody);
    response.once('close', () => gate?.end());
    request.on('data', (data: Buffer) => (result.bodyBytes += data.length));
  });
  server.on('connection', (socket: Socket) => {
    const gate = new RequestGate(
      socket,
      MAX_HEAD_BYTES,
      (refusal) => {
        refused.push(refusal);
        socket.destroy();
      },
      takeTurn,
    );
    gates.set(socket, gate);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  let text = '';
  client.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  await once(client, 'connect');
  open.push(client, server);
  const result = { requests, bodyBytes: 0, refused, client, received: () => text };
  return result;
}

describe('request gate', () => {
  afterEach(() => {
    for (const each of open.splice(0)) {
      if ('destroy' in each) {
        each.destroy();
      } else {
        each.close();
      }
    }
  });

  describe('a request gate', () => {
    it.each([
      ['requests', GET.repeat(300)],
      ['requests that Node answers on its own', 'GET / HTTP/1.1\r\n\r\n'.repeat(300)],
      ['requests whose lines end with only a line feed', GET.replaceAll('\r', '').repeat(300)],
    ])('passes on one of many %s and ends the connection', async (_what, more) => {
      const { requests, client } = await gated();
      client.write(GET + more);
      await once(client, 'close');
      expect(requests.map(({ request }) => request.url)).toEqual(['/first']);
    });

    it('holds requests until the previous response is complete', async () => {
      const { requests, client, received } = await gated();
      client.write(`${GET}${GET.replace('first', 'second')}GET /third HTTP/1.1\r\n`);
      await expect.poll(() => requests).toHaveLength(1);
      client.write('Host: x\r\n\r\n');
      for (const [index, url] of ['/first', '/second', '/third'].entries()) {
        await expect.poll(() => requests).toHaveLength(index + 1);
        await new Promise((resolve) => setTimeout(resolve, 20));
        expect(requests.map(({ request }) => request.url).at(-1)).toBe(url);
        expect(requests).toHaveLength(index + 1);
        requests.at(-1)?.response.end(`answer to ${url}.`);
      }
      await expect.poll(received).toMatch(/answer to \/first\.[\s\S]*\/second\.[\s\S]*\/third\./);
      expect(client.destroyed).toBe(false);
    });

    it('ends the connection when too many bytes wait for a response', async () => {
      const { requests, client } = await gated();
      client.write(GET);
      await expect.poll(() => requests).toHaveLength(1);
      client.write(GET);
      client.write(GET.repeat(4_096 / GET.length));
      await once(client, 'close');
      expect(requests).toHaveLength(1);
    });

    it('passes on requests that arrive one after another, however they are split into pieces', async () => {
      const { requests, client, received } = await gated();
      for (const [index, piece] of [1, 7, 30, GET.length].entries()) {
        const text = index % 2 === 0 ? GET : `\r\n${GET}`;
        for (let at = 0; at < text.length; at += piece) {
          client.write(text.slice(at, at + piece));
          await new Promise((resolve) => setImmediate(resolve));
        }
        await expect.poll(() => requests).toHaveLength(index + 1);
        requests.at(-1)?.response.end(`answer ${index}.`);
        await expect.poll(received).toContain(`answer ${index}.`);
      }
      expect(client.destroyed).toBe(false);
    });

    it('tolerates line ends after a request', async () => {
      const { requests, client, received } = await gated();
      client.write(`${GET}\r\n`);
      await expect.poll(() => requests).toHaveLength(1);
      client.write('\r\n');
      requests[0]?.response.end('answered');
      await expect.poll(received).toContain('answered');
    });

    it.each([
      ['of known length', 'Content-Length: 60000', 'x'.repeat(60_000)],
      ['in chunks', 'Transfer-Encoding: chunked', '1\r\na\r\n'.repeat(10_000)],
    ])('discards a body %s', async (_what, header, body) => {
      const gate = await gated();
      const { requests, client, received } = gate;
      client.write(`POST / HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n${body}`);
      await expect.poll(() => requests).toHaveLength(1);
      await new Promise((resolve) => setTimeout(resolve, 50));
      const { response } = requests[0]!;
      response.shouldKeepAlive = false;
      response.end('answered');
      await expect.poll(received).toContain('answered');
      expect(gate.bodyBytes).toBe(0);
    });

    it('passes on an accepted body, and the bytes after it once answered', async () => {
      const gate = await gated(true);
      const { requests, client } = gate;
      client.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello${GET}`);
      await expect.poll(() => gate.bodyBytes).toBe(5);
      expect(requests).toHaveLength(1);
      requests[0]?.response.end();
      await expect.poll(() => requests).toHaveLength(2);
      expect(gate.bodyBytes).toBe(5);
    });

    it('lets an error be answered before the bytes that follow it', async () => {
      const { requests, client, received } = await gated();
      client.write(`NOT HTTP\r\n\r\n${GET}`);
      await once(client, 'close');
      expect(received()).toMatch(/^HTTP\/1.1 400 /);
      expect(requests).toEqual([]);
    });

    it.each([
      ['at once', 4096],
      ['in pieces', 50],
    ])('refuses a head of more than 64 lines that comes %s', async (_how, piece) => {
      const { requests, client, refused } = await gated();
      const fields = Array.from({ length: 63 }, (_, index) => `A${index}:b\r\n`).join('');
      const text = `GET / HTTP/1.1\r\n${fields}\r\n`;
      for (let at = 0; at < text.length; at += piece) {
        client.write(text.slice(at, at + piece));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await once(client, 'close');
      expect(refused).toEqual(['lines']);
      expect(requests).toEqual([]);
    });

    it('parses a head when it is the turn of its connection', async () => {
      const turns: (() => void)[] = [];
      const takeTurn = (): Promise<void> => new Promise((resolve) => turns.push(resolve));
      const { requests, client, received } = await gated(false, takeTurn);
      client.write(GET);
      await expect.poll(() => turns).toHaveLength(1);
      client.write(GET.replace('first', 'second'));
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(requests).toEqual([]);
      expect(turns).toHaveLength(1);
      turns[0]?.();
      await expect.poll(() => requests).toHaveLength(1);
      requests[0]?.response.end('answer 1.');
      await expect.poll(() => turns).toHaveLength(2);
      expect(requests).toHaveLength(1);
      turns[1]?.();
      await expect.poll(() => requests).toHaveLength(2);
      requests[1]?.response.end('answer 2.');
      await expect.poll(received).toContain('answer 2.');
    });

    it('treats a lone carriage return as the end of a line', async () => {
      const { client, refused } = await gated();
      client.write(`GET / HTTP/1.1\r\nCookie: ${'\r'.repeat(64)}`);
      await once(client, 'close');
      expect(refused).toEqual(['lines']);
    });

    it('counts the lines of each request separately', async () => {
      const { requests, client, received } = await gated();
      const fields = Array.from({ length: 61 }, (_, index) => `A${index}:b\r\n`).join('');
      for (const turn of [1, 2, 3]) {
        client.write(`GET / HTTP/1.1\r\nHost: x\r\n${fields}\r\n`);
        await expect.poll(() => requests).toHaveLength(turn);
        requests.at(-1)?.response.end(`answer ${turn}.`);
        await expect.poll(received).toContain(`answer ${turn}.`);
      }
    });

    it('ends a connection that sends nothing but line ends', async () => {
      const { client } = await gated();
      client.write('\r\n'.repeat(MAX_HEAD_BYTES));
      await once(client, 'close');
    });
  });
});
