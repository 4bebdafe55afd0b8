import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';

import { Agent } from 'undici';
import { describe, expect, it, vi } from 'vitest';

import { ConnectedHosts } from './connected-hosts.js';
import { openConnections } from './connections.js';
import { HttpClient } from './http-client.js';
import { publicOnlyLookup } from './redirect-policy.js';

// Resolver of an attacker: a public address for checks, loopback for connections.
vi.mock('node:dns/promises', () => ({
  lookup: () => Promise.resolve([{ address: '203.0.113.9', family: 4 }]),
}));
const connected = vi.hoisted(() => ({ addresses: ['127.0.0.1'] }));
vi.mock('node:dns', () => ({
  lookup: (
    _hostname: string,
    _options: object,
    callback: (error: null, found: readonly object[]) => void,
  ) => {
    callback(
      null,
      connected.addresses.map((address) => ({ address, family: 4 })),
    );
  },
}));

describe('a redirect of a public mirror', () => {
  it.each(['rebound.test', 'mirror.test'])(
    'is refused if %s has an internal address by the time of the connection',
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
        connectTimeoutMs: 60_000,
        ca: [],
        lookup: publicOnlyLookup,
      });
      const policy = {
        retries: 0,
        retryDelayMs: 1,
        answerTimeoutMs: 60_000,
        minBytesPerSecond: 1,
        speedWindowMs: 60_000,
        maxRedirects: 3,
      };
      try {
        const { signal } = new AbortController();
        const client = new HttpClient({ direct: toServer, publicOnly }, policy, signal);
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

describe('the host of a mirror', () => {
  const resolve = (hosts: ConnectedHosts, addresses: string[]): unknown => {
    connected.addresses = addresses;
    let found: unknown;
    hosts.lookup('mirror.test', { all: true }, (_error, result) => (found = result));
    connected.addresses = ['127.0.0.1'];
    return found;
  };

  it('is internal if its connections went to internal addresses, whatever a later lookup returns', () => {
    const hosts = new ConnectedHosts();
    expect(hosts.isInternal('mirror.test')).toBe(false);
    expect(resolve(hosts, ['192.168.1.5', '10.0.0.1'])).toHaveLength(2);
    expect(hosts.isInternal('mirror.test')).toBe(true);
    // A name that once had a public address may have answered from there.
    resolve(hosts, ['203.0.113.9']);
    resolve(hosts, ['192.168.1.5']);
    expect(hosts.isInternal('mirror.test')).toBe(false);
  });

  it('is public if a connection may have gone to a public address', () => {
    const hosts = new ConnectedHosts();
    resolve(hosts, ['192.168.1.5', '203.0.113.9']);
    expect(hosts.isInternal('mirror.test')).toBe(false);
  });

  it('is resolved to a single address on request', () => {
    const hosts = new ConnectedHosts();
    hosts.lookup('mirror.test', {}, (error, address, family) => {
      expect([error, address, family]).toEqual([null, '127.0.0.1', 4]);
    });
    expect(hosts.isInternal('mirror.test')).toBe(true);
  });
});
