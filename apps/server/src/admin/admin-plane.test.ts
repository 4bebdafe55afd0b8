import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { rawHttp, sendAndReset } from '../../test/support/raw-http.js';
import {
  type AdminPlane,
  type AdminPlaneOptions,
  createAdminPlane,
  type ReadinessCheck,
} from './admin-plane.js';

const TOKEN = 'a-token-of-some-length';
const LIMITS = { maxConnections: 8, maxConnectionsPerSource: 8 };
const silent: AdminPlaneOptions['events'] = {
  limitReached: () => undefined,
  requestRejected: () => undefined,
  unexpectedError: () => undefined,
};

async function start(
  checks: readonly ReadinessCheck[] = [],
  address = '127.0.0.1',
  api?: AdminPlaneOptions['api'],
  pages: AdminPlaneOptions['pages'] = [],
): Promise<AdminPlane> {
  return createAdminPlane({
    listen: [{ address, port: 0 }],
    access: () => ({ token: TOKEN }),
    metrics: { contentType: 'text/plain', text: () => Promise.resolve('pxeboot_up 1\n') },
    readiness: () => checks,
    limits: LIMITS,
    events: silent,
    onChange: () => undefined,
    pages,
    ...(api !== undefined && { api }),
  });
}

function urlOf({ addresses }: AdminPlane, path: string, host = '127.0.0.1'): string {
  return `http://${host}:${addresses[0]!.port}${path}`;
}

describe('admin plane', () => {
  it('answers the liveness check without a token', async () => {
    await using plane = await start();
    const answer = await fetch(urlOf(plane, '/livez'));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ status: 'ok' });
  });

  it('serves the dashboard without a token, and accepts no changes there', async () => {
    const pages = [{ path: '/index.html', bytes: Buffer.from('<!doctype html>') }];
    await using plane = await start([], '127.0.0.1', undefined, pages);
    const wrong = { authorization: 'Bearer wrong' };
    const answer = await fetch(urlOf(plane, '/'), { headers: wrong });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('<!doctype html>');
    const head = await fetch(urlOf(plane, '/'), { method: 'HEAD', headers: wrong });
    expect(head.status).toBe(200);
    expect((await fetch(urlOf(plane, '/'), { method: 'POST' })).status).toBe(401);
    expect((await fetch(urlOf(plane, '/else'), { headers: wrong })).status).toBe(401);
  });

  it('keeps its responses out of caches and away from other sites, except for the files of the dashboard', async () => {
    const pages = [{ path: '/index.html', bytes: Buffer.from('<!doctype html>') }];
    const api: AdminPlaneOptions['api'] = (app) => {
      app.get('/stream', (_request, reply) => {
        reply.hijack();
        reply.raw.writeHead(200, { 'Content-Type': 'text/event-stream' }).end();
      });
      return Promise.resolve();
    };
    await using plane = await start([], '127.0.0.1', api, pages);
    const headersOf = async (path: string): Promise<Headers> =>
      (await fetch(urlOf(plane, path))).headers;
    for (const path of ['/livez', '/metrics', '/stream', '/missing']) {
      const headers = await headersOf(path);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
    expect((await headersOf('/')).get('cache-control')).toBe('no-cache');
  });

  it('is ready when every check passes, and lists those that fail', async () => {
    const missing = { name: 'images', ok: false, detail: 'no complete generation' };
    await using plane = await start([{ name: 'sockets', ok: true }, missing]);
    const answer = await fetch(urlOf(plane, '/readyz'));
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({
      status: 'not ready',
      checks: [{ name: 'sockets', ok: true }, missing],
    });
    await using ready = await start([{ name: 'sockets', ok: true }]);
    expect((await fetch(urlOf(ready, '/readyz'))).status).toBe(200);
  });

  it('serves metrics without a token, whatever the address', async () => {
    await using plane = await start();
    const answer = await fetch(urlOf(plane, '/metrics'));
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('pxeboot_up 1\n');
  });

  it('does not answer a client that left before its connection was accepted and so has no address', async () => {
    const seen: unknown[] = [];
    await using plane = await start([], '127.0.0.1', (app) => {
      app.get('/seen', { config: { isOpen: true } }, ({ socket }) => {
        seen.push(socket.remoteAddress);
        return {};
      });
    });
    sendAndReset(plane.addresses[0]!.port, 'GET /seen HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await fetch(urlOf(plane, '/seen'));
    expect(seen).toEqual(['127.0.0.1']);
  });

  it('refuses a request that names two hosts', async () => {
    await using plane = await start();
    const { port } = plane.addresses[0]!;
    const head = (hosts: readonly string[]): string =>
      ['GET /metrics HTTP/1.1', ...hosts.map((host) => `Host: ${host}`), '\r\n'].join('\r\n');
    expect(await rawHttp(port, head(['localhost', 'other.example']))).toMatchObject({
      statusLine: 'HTTP/1.1 400 Bad Request',
    });
    const closing = 'localhost\r\nConnection: close';
    expect(await rawHttp(port, head([closing]))).toMatchObject({ statusLine: 'HTTP/1.1 200 OK' });
  });

  it('requires the token for changes on loopback, too', async () => {
    await using plane = await start();
    const post = async (authorization?: string): Promise<number> => {
      const headers = {
        'content-type': 'application/json',
        ...(authorization && { authorization }),
      };
      return (await fetch(urlOf(plane, '/api'), { method: 'POST', headers, body: '{}' })).status;
    };
    expect(await post()).toBe(401);
    expect(await post('Bearer another-token-of-length')).toBe(401);
    expect(await post(`Bearer ${TOKEN}`)).toBe(404);
    expect((await fetch(urlOf(plane, '/api'))).status).toBe(404);
  });

  it('answers health checks while idle connections fill the table', async () => {
    await using plane = await start();
    const idle: Socket[] = [];
    for (let count = 0; count < 3 * LIMITS.maxConnections; count++) {
      const socket = connect(plane.addresses[0]!.port, '127.0.0.1');
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      idle.push(socket);
    }
    // A connection may be closed for another one only after its request has had a tenth of a second to
    // arrive.
    const { port } = plane.addresses[0]!;
    await expect
      .poll(() => rawHttp(port, 'GET /livez HTTP/1.0\r\n\r\n'))
      .toMatchObject({ statusLine: 'HTTP/1.1 200 OK' });
    expect(plane.usage.connections).toBeLessThanOrEqual(LIMITS.maxConnections);
    for (const socket of idle) {
      socket.destroy();
    }
  });

  it('keeps event streams and running requests while new connections keep arriving', async () => {
    await using plane = await start([], '127.0.0.1', (app) => {
      app.get('/stream', (_request, reply) => {
        reply.hijack();
        reply.raw.writeHead(200, { 'Content-Type': 'text/event-stream' });
        reply.raw.write(':\n\n');
        setTimeout(() => reply.raw.end('data: last\n\n'), 1_500).unref();
      });
      app.get('/slow', async () => {
        await delay(1_500);
        return { status: 'done' };
      });
    });
    const stream = await fetch(urlOf(plane, '/stream'));
    const slow = fetch(urlOf(plane, '/slow'));
    await expect.poll(() => plane.usage.active).toBe(2);
    const others = new Set<Socket>();
    const opening = setInterval(() => {
      const socket = connect(plane.addresses[0]!.port, '127.0.0.1');
      socket.on('error', () => undefined);
      others.add(socket);
    }, 10);
    expect(await (await slow).json()).toEqual({ status: 'done' });
    expect(await stream.text()).toBe(':\n\ndata: last\n\n');
    clearInterval(opening);
    expect(plane.usage.hits['idle connection closed']).toBeGreaterThan(0);
    for (const socket of others) {
      socket.destroy();
    }
  });

  it('answers health checks while clients that do not read their responses fill the table', async () => {
    const page = 'x'.repeat(8 * 1024 * 1024);
    await using plane = await start([], '127.0.0.1', (app) => {
      app.get('/page', () => page);
    });
    const { port } = plane.addresses[0]!;
    const unread: Socket[] = [];
    for (let count = 0; count < LIMITS.maxConnections; count++) {
      const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' }).pause();
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      socket.write('GET /page HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
      unread.push(socket);
    }
    await expect.poll(() => plane.usage.active).toBe(LIMITS.maxConnections);
    await expect
      .poll(() => rawHttp(port, 'GET /livez HTTP/1.0\r\n\r\n'))
      .toMatchObject({ statusLine: 'HTTP/1.1 200 OK' });
    // Which of the two is counted depends on how long the downloads have been waiting.
    const { hits } = plane.usage;
    expect(
      hits['download of the largest source ended'] + hits['stalled download ended'],
    ).toBeGreaterThan(0);
    for (const socket of unread) {
      socket.destroy();
    }
  });

  it('refuses a large body', async () => {
    await using plane = await start();
    const answer = await fetch(urlOf(plane, '/livez'), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify('a'.repeat(100_000)),
    });
    expect([404, 413]).toContain(answer.status);
  });

  it('listens on every address for *', async () => {
    await using plane = await start([], '*');
    expect((await fetch(urlOf(plane, '/livez'))).status).toBe(200);
  });

  it('names the address and the setting when the port is taken', async () => {
    const other = createServer();
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const starting = createAdminPlane({
      listen: [{ address: '127.0.0.1', port }],
      access: () => ({}),
      metrics: { contentType: 'text/plain', text: () => Promise.resolve('pxeboot_up 1\n') },
      readiness: () => [],
      limits: LIMITS,
      events: silent,
      onChange: () => undefined,
    });
    await expect(starting).rejects.toMatchObject({
      message: `cannot listen for admin on 127.0.0.1:${port}: another program uses this port (EADDRINUSE)`,
      hint: expect.stringContaining('admin.listen') as string,
    });
    other.close();
  });
});
