import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';

import { Agent } from 'undici';
import { describe, expect, it, vi } from 'vitest';

import { openConnections } from './connections.js';
import { HttpClient } from './http-client.js';
import { publicOnlyLookup } from './redirect-policy.js';

// The resolver of an attacker: a public address for checks, loopback for connections.
vi.mock('node:dns/promises', () => ({
  lookup: () => Promise.resolve([{ address: '203.0.113.9', family: 4 }]),
}));
vi.mock('node:dns', () => ({
  lookup: (
    _hostname: string,
    _options: object,
    callback: (error: null, found: readonly object[]) => void,
  ) => {
    callback(null, [{ address: '127.0.0.1', family: 4 }]);
  },
}));

describe('a redirect of a public mirror', () => {
  it.each(['rebound.test', 'mirror.test'])(
    'is refused when %s has an internal address by the time of the connection',
    async (hostname) => {
      const asked: string[] = [];
      const server = createServer((request, response) => {
        asked.push(request.url ?? '');
        const { port } = server.address() as AddressInfo;
        response.writeHead(302, { location: `http://${hostname}:${port}/admin` }).end();
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const toServer = new Agent({
        connect: {
          lookup: (_hostname, _options, callback) => {
            callback(null, [{ address: '127.0.0.1', family: 4 }]);
          },
        },
      });
      const publicOnly = openConnections({
        connectTimeoutMs: 1000,
        ca: [],
        lookup: publicOnlyLookup,
      });
      const policy = {
        retries: 0,
        retryDelayMs: 1,
        answerTimeoutMs: 5000,
        minBytesPerSecond: 1,
        speedWindowMs: 5000,
        maxRedirects: 3,
      };
      try {
        const { signal } = new AbortController();
        const client = new HttpClient(toServer, policy, signal, publicOnly);
        const { port } = server.address() as AddressInfo;
        await expect(
          client.get(new URL(`http://mirror.test:${port}/debian`), {}),
        ).rejects.toMatchObject({
          code: 'ERR_NETBOOT_FORBIDDEN_REDIRECT',
        });
        expect(asked).toEqual(['/debian']);
      } finally {
        await Promise.all([toServer.destroy(), publicOnly.destroy()]);
        server.closeAllConnections();
        server.close();
      }
    },
  );
});
