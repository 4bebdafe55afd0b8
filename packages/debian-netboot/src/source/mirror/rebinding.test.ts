import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';

import { Agent } from 'undici';
import { describe, expect, it, vi } from 'vitest';

import { openConnections } from './connections.js';
import { GuardedConnections } from './guarded-connections.js';
import { HttpClient } from './http-client.js';
import { type Distance, lookupWithin } from './redirect-policy.js';

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

describe('a redirect', () => {
  it.each<[Distance, string]>([
    ['public', 'rebound.test'],
    ['public', 'mirror.test'],
    ['private', 'rebound.test'],
    ['link', 'rebound.test'],
  ])(
    'of a mirror with a %s address is refused if %s leads to this host when the connection is made',
    async (limit, hostname) => {
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
      const limited = openConnections({
        connectTimeoutMs: 60_000,
        ca: [],
        lookup: lookupWithin(limit),
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
        const limits: Distance[] = [];
        const connections = {
          direct: toServer,
          redirected: (wanted: Distance) => {
            limits.push(wanted);
            return limited;
          },
          distanceOfName: () => limit,
        };
        const client = new HttpClient(connections, policy, signal);
        const { port } = server.address() as AddressInfo;
        await expect(
          client.get(new URL(`http://mirror.test:${port}/debian`), {}),
        ).rejects.toMatchObject({
          code: 'ERR_NETBOOT_FORBIDDEN_REDIRECT',
        });
        expect(asked).toEqual(['/debian']);
        expect(limits).toEqual([limit]);
      } finally {
        await Promise.all([toServer.destroy(), limited.destroy()]);
        server.closeAllConnections();
        server.close();
      }
    },
  );
});

describe('a name with addresses at several distances', () => {
  function addressesWithin(limit: Distance, addresses: string[]): unknown {
    connected.addresses = addresses;
    let found: unknown;
    lookupWithin(limit)('mirror.test', { all: true }, (error, result) => {
      found = error === null ? result : error.message;
    });
    connected.addresses = ['127.0.0.1'];
    return found;
  }

  it('is connected to at the addresses that are far enough away', () => {
    expect(addressesWithin('private', ['127.0.1.1', '192.168.1.5'])).toEqual([
      { address: '192.168.1.5', family: 4 },
    ]);
    expect(addressesWithin('public', ['192.168.1.5', '203.0.113.9'])).toEqual([
      { address: '203.0.113.9', family: 4 },
    ]);
  });

  it('is refused if all its addresses are too near', () => {
    expect(addressesWithin('private', ['127.0.1.1', '169.254.1.1'])).toContain('127.0.1.1');
    expect(addressesWithin('private', [])).toEqual([]);
  });
});

describe('the distance of a mirror', () => {
  const open = (): GuardedConnections => new GuardedConnections({ connectTimeoutMs: 60_000 });
  const resolve = (connections: GuardedConnections, addresses: string[]): unknown => {
    connected.addresses = addresses;
    let found: unknown;
    connections.lookup('mirror.test', { all: true }, (_error, result) => (found = result));
    connected.addresses = ['127.0.0.1'];
    return found;
  };

  it('is that of the farthest address of its connections, whatever a later lookup returns', async () => {
    await using connections = open();
    expect(connections.distanceOfName('mirror.test')).toBe('public');
    resolve(connections, ['127.0.0.1']);
    expect(connections.distanceOfName('mirror.test')).toBe('host');
    expect(resolve(connections, ['127.0.0.1', '10.0.0.1'])).toHaveLength(2);
    expect(connections.distanceOfName('mirror.test')).toBe('private');
    // A name that once had a public address may have been reached there.
    resolve(connections, ['203.0.113.9']);
    resolve(connections, ['192.168.1.5']);
    expect(connections.distanceOfName('mirror.test')).toBe('public');
  });

  it('is resolved to a single address on request', async () => {
    await using connections = open();
    connections.lookup('mirror.test', {}, (error, address, family) => {
      expect([error, address, family]).toEqual([null, '127.0.0.1', 4]);
    });
    expect(connections.distanceOfName('mirror.test')).toBe('host');
  });

  it('has its own connections for redirects, which are kept', async () => {
    await using connections = open();
    const limited = connections.redirected('private');
    expect(connections.redirected('private')).toBe(limited);
    expect(connections.redirected('link')).not.toBe(limited);
  });
});
