import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, type LookupFunction } from 'node:net';

import { type Dispatcher, request } from 'undici';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { parseCertificates } from './certificates.js';
import { openConnections } from './connections.js';

/** Ports of a web server and a proxy on loopback, each of which answers with its name. */
const ports = { server: 0, proxy: 0 };
let close: (() => Promise<unknown>)[] = [];

async function listen(name: string): Promise<number> {
  const server = createServer((_request: IncomingMessage, response: ServerResponse) => {
    response.end(name);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  close.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return (server.address() as AddressInfo).port;
}

describe('connections', () => {
  beforeEach(async () => {
    ports.server = await listen('server');
    ports.proxy = await listen('proxy');
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    for (const one of close.splice(0)) {
      await one();
    }
    close = [];
  });

  /** Returns a resolver that resolves every name to these addresses. */
  function answering(...addresses: readonly string[]): LookupFunction {
    return (_hostname, options, callback) => {
      const found = addresses.map((address) => ({
        address,
        family: address.includes(':') ? 6 : 4,
      }));
      if (options.all === true) {
        callback(null, found);
      } else {
        callback(null, found[0]!.address, found[0]!.family);
      }
    };
  }

  async function ask(dispatcher: Dispatcher, host: string): Promise<string> {
    close.unshift(() => dispatcher.destroy());
    const { body } = await request(`http://${host}:${ports.server}/`, { dispatcher });
    return body.text();
  }

  function open(lookup: LookupFunction = answering('127.0.0.1')): Dispatcher {
    return openConnections({ connectTimeoutMs: 60_000, ca: [], lookup });
  }

  describe('no_proxy', () => {
    beforeEach(() => {
      vi.stubEnv('http_proxy', `http://127.0.0.1:${ports.proxy}`);
    });

    it.each([
      ['', 'mirror.example', 'proxy'],
      ['mirror.example', 'mirror.example', 'server'],
      ['mirror.example', 'other.example', 'proxy'],
      ['localhost, mirror.example', 'mirror.example', 'server'],
      ['.internal', 'deb.internal', 'server'],
      ['.internal', 'deb.external', 'proxy'],
      ['*', 'mirror.example', 'server'],
    ])('with %j, requests %s through the %s', async (exceptions, host, by) => {
      vi.stubEnv('no_proxy', exceptions);
      expect(await ask(open(), host)).toBe(by);
    });

    it('honours a port in no_proxy', async () => {
      vi.stubEnv('no_proxy', `mirror.example:${ports.server}`);
      expect(await ask(open(), 'mirror.example')).toBe('server');
      vi.stubEnv('no_proxy', 'mirror.example:1');
      expect(await ask(open(), 'mirror.example')).toBe('proxy');
    });
  });

  describe('a host with several addresses', () => {
    it('is reached over IPv4 if its IPv6 addresses do not answer', async () => {
      vi.stubEnv('http_proxy', '');
      const lookup = answering('::1', '100::1', '127.0.0.1');
      expect(await ask(open(lookup), 'mirror.example')).toBe('server');
    });

    it('is unreachable if none of them answers', async () => {
      vi.stubEnv('http_proxy', '');
      const unreachable = openConnections({
        connectTimeoutMs: 500,
        ca: [],
        lookup: answering('::1', '127.0.0.2'),
      });
      await expect(ask(unreachable, 'mirror.example')).rejects.toThrow();
    });
  });

  describe('parseCertificates', () => {
    it.each(['', 'hello', '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n'])(
      'refuses %j',
      (pem) => {
        expect(() => parseCertificates(pem)).toThrow('the CA is not a valid PEM certificate');
      },
    );
  });
});
