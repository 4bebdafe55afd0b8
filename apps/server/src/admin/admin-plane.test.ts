import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { describe, expect, it } from 'vitest';

import { createAdminPlane, type AdminPlane, type ReadinessCheck } from './admin-plane.js';

const TOKEN = 'a-token-of-some-length';

async function start(
  checks: readonly ReadinessCheck[] = [],
  address = '127.0.0.1',
): Promise<AdminPlane> {
  return createAdminPlane({
    listen: [{ address, port: 0 }],
    token: TOKEN,
    readiness: () => checks,
  });
}

function urlOf({ addresses }: AdminPlane, path: string, host = '127.0.0.1'): string {
  return `http://${host}:${addresses[0]!.port}${path}`;
}

describe('admin plane', () => {
  it('says without a token that it lives', async () => {
    await using plane = await start();
    const answer = await fetch(urlOf(plane, '/livez'));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ status: 'ok' });
  });

  it('is ready when every check holds, and names those that do not', async () => {
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

  it.each([
    ['no token', {}, 401],
    ['another token', { authorization: 'Bearer another-token-of-length' }, 401],
    ['part of the token', { authorization: 'Bearer a-token' }, 401],
    ['the token', { authorization: `Bearer ${TOKEN}` }, 404],
  ])('to whoever brings %s, everything else is %i', async (_what, headers, status) => {
    await using plane = await start();
    const answer = await fetch(urlOf(plane, '/api'), { headers });
    expect(answer.status).toBe(status);
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
      token: undefined,
      readiness: () => [],
    });
    await expect(starting).rejects.toMatchObject({
      message: `cannot listen for admin on 127.0.0.1:${port}: another program has this port (EADDRINUSE)`,
      hint: expect.stringContaining('admin.listen') as string,
    });
    other.close();
  });
});
