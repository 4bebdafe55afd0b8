import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { type CertificateOptions, tlsFront } from '@pxe/local-mirror';
import { lacks } from '@pxe/test-host';

import { mirrorSource } from '../src/index.js';
import {
  afterTest,
  madeUpMirror,
  type MadeUpMirror,
  requestsFor,
  temporaryStore,
  TRIXIE,
} from './support/made-up-mirror.js';

/** Enough slow retries to make a test with a retry time out. */
const PATIENT = { retries: 4, retryDelayMs: 300_000, connectTimeoutMs: 60_000 };

describe.skipIf(lacks('openssl'))('permanent failures', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  describe('reports a permanent failure without retries, with a hint:', () => {
    it.each([
      [401, 'ERR_NETBOOT_UNAUTHORIZED', /user:password@mirror/],
      [403, 'ERR_NETBOOT_FORBIDDEN', /http_proxy/],
      [407, 'ERR_NETBOOT_PROXY_UNAUTHORIZED', /user:password@proxy/],
      [451, 'ERR_NETBOOT_FORBIDDEN', /another mirror/],
      [400, 'ERR_NETBOOT_FORBIDDEN', /scheme/],
      [511, 'ERR_NETBOOT_FORBIDDEN', /log in/],
      [404, 'ERR_NETBOOT_FILE_NOT_FOUND', /URL of the mirror/],
    ])('status %i', async (status, code, hint) => {
      const archive = await madeUpMirror(TRIXIE);
      archive.mirror.faults = [{ path: /./, fault: { kind: 'status', status } }];
      await expect(
        archive.sync(await temporaryStore(), { mirrorOptions: PATIENT }),
      ).rejects.toMatchObject({ code, hint: expect.stringMatching(hint) as string });
      expect(requestsFor(archive, /dists\/trixie\/InRelease/)).toBe(1);
    });

    it('a certificate from an unknown CA', async () => {
      const { archive, url } = await tlsMirror();
      await expect(syncFrom(archive, url)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_CERTIFICATE',
        message: expect.stringContaining('UNABLE_TO_VERIFY_LEAF_SIGNATURE') as string,
        hint: expect.stringContaining('source.ca') as string,
      });
    });

    it('a certificate for another name', async () => {
      const { archive, url, ca } = await tlsMirror({ name: 'elsewhere.example' });
      await expect(syncFrom(archive, url, ca)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_CERTIFICATE',
        hint: 'use a host name that the certificate covers',
      });
    });

    it('an expired certificate', async () => {
      const { archive, url, ca } = await tlsMirror({ days: -1 });
      await expect(syncFrom(archive, url, ca)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_CERTIFICATE',
        message: expect.stringContaining('CERT_HAS_EXPIRED') as string,
        hint: expect.stringContaining('clock') as string,
      });
    });

    it('https to a server that speaks http', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const url = archive.mirror.url.replace('http:', 'https:');
      await expect(syncFrom(archive, url)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_WRONG_SCHEME',
        message: expect.stringMatching(/the TLS handshake with .* failed/) as string,
        hint: expect.stringContaining("check the scheme in the mirror's URL") as string,
      });
    });

    it('http to a server that does not speak it', async () => {
      const archive = await madeUpMirror(TRIXIE);
      const alert = createTcpServer((socket) => {
        socket.on('error', () => undefined);
        socket.end(Buffer.from('15030100020228', 'hex'), () => {
          socket.destroySoon();
        });
      });
      const port = await listening(alert);
      await expect(syncFrom(archive, `http://127.0.0.1:${port}/debian`)).rejects.toMatchObject({
        code: 'ERR_NETBOOT_WRONG_SCHEME',
      });
    });

    it.each([
      [407, 'ERR_NETBOOT_PROXY_UNAUTHORIZED', /http_proxy/],
      [403, 'ERR_NETBOOT_FORBIDDEN', /no_proxy/],
    ])('a proxy that answers %i to a tunnel request', async (status, code, hint) => {
      const { archive, url, ca } = await tlsMirror();
      const proxy = createServer();
      let asked = 0;
      proxy.on('connect', (_request, socket) => {
        asked += 1;
        socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
      });
      useProxy('https_proxy', await listening(proxy));
      await expect(syncFrom(archive, url, ca)).rejects.toMatchObject({
        code,
        hint: expect.stringMatching(hint) as string,
      });
      // The InRelease, and the two indexes that a new store requests with it.
      expect(asked).toBeLessThanOrEqual(3);
    });
  });

  describe('retries a temporary failure:', () => {
    it.each([408, 429, 500, 502, 503, 504])('status %i', async (status) => {
      const archive = await madeUpMirror(TRIXIE);
      archive.mirror.faults = [{ path: /InRelease/, fault: { kind: 'status', status }, times: 2 }];
      await archive.sync(await temporaryStore());
      expect(requestsFor(archive, /InRelease/)).toBe(3);
    });
  });

  describe('a server without by-hash', () => {
    it.each([403, 500])(
      'and with status %i for it is asked for the plain name immediately',
      async (status) => {
        const archive = await madeUpMirror(TRIXIE);
        archive.mirror.faults = [{ path: /by-hash/, fault: { kind: 'status', status } }];
        await archive.sync(await temporaryStore(), {
          mirrorOptions: PATIENT,
        });
        const paths = archive.mirror.requests
          .map(({ path }) => path)
          .filter((path) => path.includes('by-hash'));
        expect(paths.length).toBeGreaterThan(0);
        expect(new Set(paths).size).toBe(paths.length);
      },
    );
  });

  describe('a mirror with a private CA', () => {
    it('is used once its CA is configured', async () => {
      const { archive, url, ca } = await tlsMirror();
      await expect(syncFrom(archive, url, ca)).resolves.toMatchObject({ outcome: 'changed' });
    });

    it("is used through a proxy's tunnel", async () => {
      const { archive, url, ca } = await tlsMirror();
      const tunnels: string[] = [];
      const proxy = createServer().on('connect', ({ url: target = '' }, client) => {
        tunnels.push(target);
        const server = connect(Number(target.split(':')[1]), '127.0.0.1', () => {
          client.write('HTTP/1.1 200 OK\r\n\r\n');
          client.pipe(server).pipe(client);
        });
        server.on('error', () => client.destroy());
        client.on('error', () => server.destroy());
      });
      useProxy('https_proxy', await listening(proxy));
      await expect(syncFrom(archive, url, ca)).resolves.toMatchObject({ outcome: 'changed' });
      expect(new Set(tunnels)).toEqual(new Set([new URL(url).host]));
    });

    it('is refused with an invalid CA file', async () => {
      const archive = await madeUpMirror(TRIXIE);
      await expect(syncFrom(archive, archive.mirror.url, 'hello')).rejects.toMatchObject({
        code: 'ERR_NETBOOT_INVALID_CA',
      });
    });
  });
});

function useProxy(variable: string, port: number): void {
  vi.stubEnv(variable, `http://127.0.0.1:${port}`);
  vi.stubEnv('no_proxy', '');
}

function syncFrom(
  archive: MadeUpMirror,
  url: string,
  ca?: string,
): ReturnType<MadeUpMirror['sync']> {
  const options = { ...PATIENT, mirrors: [url], ...(ca !== undefined && { ca }) };
  return temporaryStore().then((store) => archive.sync(store, { source: mirrorSource(options) }));
}

async function listening(
  server: ReturnType<typeof createServer | typeof createTcpServer>,
): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  afterTest(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        if ('closeAllConnections' in server) {
          server.closeAllConnections();
        }
      }),
  );
  return (server.address() as AddressInfo).port;
}

/** Starts a made-up mirror behind a TLS server, whose certificate was issued by a CA made with openssl. */
async function tlsMirror(certificate: CertificateOptions = {}): Promise<{
  readonly archive: MadeUpMirror;
  readonly url: string;
  readonly ca: string;
}> {
  const archive = await madeUpMirror(TRIXIE);
  const front = await tlsFront(archive.mirror.url, certificate);
  afterTest(() => front.close());
  const { port, ca } = front;
  return { archive, url: `https://localhost:${port}/debian`, ca };
}
