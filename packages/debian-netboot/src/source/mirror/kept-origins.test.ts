import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';

import { Agent } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';

import { discardBody, HttpClient } from './http-client.js';

const POLICY = {
  retries: 0,
  retryDelayMs: 1,
  answerTimeoutMs: 60_000,
  minBytesPerSecond: 1,
  speedWindowMs: 60_000,
  maxRedirects: 30,
};

const cleanups: (() => Promise<void>)[] = [];

describe('kept origins', () => {
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) {
      await cleanup();
    }
  });

  interface Origin {
    readonly url: string;
    readonly open: Set<Socket>;
    /** Redirect target; absent if the server answers itself. */
    next: string | undefined;
  }

  /** Starts a server that keeps its connections alive. */
  async function origin(): Promise<Origin> {
    const open = new Set<Socket>();
    const server: Server = createServer((_request, response) => {
      response.setHeader('Keep-Alive', 'timeout=600');
      response.setHeader('Content-Length', '0');
      if (self.next !== undefined) {
        response.setHeader('Location', self.next);
      }
      response.writeHead(self.next === undefined ? 200 : 302).end();
    });
    server.keepAliveTimeout = 600_000;
    server.on('connection', (socket) => {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    cleanups.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    const self: Origin = { url: `http://127.0.0.1:${port}/`, open, next: undefined };
    return self;
  }

  it('limits open connections when every redirect leads to a new origin', async () => {
    const origins = await Promise.all(Array.from({ length: 12 }, origin));
    for (const [index, one] of origins.entries()) {
      one.next = origins[index + 1]?.url;
    }
    const agent = new Agent();
    cleanups.push(() => agent.destroy());
    const client = new HttpClient({ direct: agent }, POLICY, new AbortController().signal);
    await discardBody(await client.get(new URL(origins[0]!.url), {}));
    const count = (): number => origins.reduce((sum, { open }) => sum + open.size, 0);
    await expect.poll(count).toBeLessThanOrEqual(4);
    // The kept connections include the mirror's own.
    expect(origins[0]!.open.size).toBe(1);
  });
});
