import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { readByHttp } from './http-reads.js';

describe('readByHttp', () => {
  let server: Server | undefined;

  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  /** Starts a server; returns the URL of its file. */
  async function serve(answer: (response: ServerResponse) => void): Promise<string> {
    server = createServer((_request, response) => {
      answer(response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
  }

  /** Sends one byte at a time, and never finishes. */
  function trickle(response: ServerResponse): void {
    response.writeHead(200, { 'Content-Length': '1000000000' });
    const timer = setInterval(() => {
      response.write('x');
    }, 5);
    response.once('close', () => {
      clearInterval(timer);
    });
  }

  it('ends after its time limit, although bytes arrive', async () => {
    const url = await serve(trickle);
    const result = await readByHttp(url, { limitMs: 500 }, new AbortController().signal);
    expect(result).toMatchObject({ ok: false, reason: 'slow' });
    expect(result.ok ? 0 : result.ms).toBeGreaterThanOrEqual(499);
  });

  it('ends if the server sends endless interim responses', async () => {
    const url = await serve((response) => {
      const timer = setInterval(() => {
        for (let number = 0; number < 100; number++) {
          response.writeProcessing();
        }
      }, 1);
      response.once('close', () => {
        clearInterval(timer);
      });
    });
    const options = { limitMs: 600_000 };
    const result = await readByHttp(url, options, new AbortController().signal);
    expect(result).toMatchObject({ ok: false, reason: 'timeout' });
  });

  it('ends when it is aborted', async () => {
    const stopping = new AbortController();
    const url = await serve((response) => {
      trickle(response);
      stopping.abort(new Error('stopped'));
    });
    await expect(readByHttp(url, {}, stopping.signal)).rejects.toThrow('stopped');
    await expect(readByHttp(url, {}, stopping.signal)).rejects.toThrow('stopped');
  });

  it('reads a whole file within its time limit', async () => {
    const url = await serve((response) => {
      response.end('content');
    });
    const result = await readByHttp(url, {}, new AbortController().signal);
    expect(result).toMatchObject({ ok: true, read: { status: 200, received: 7 } });
  });
});
