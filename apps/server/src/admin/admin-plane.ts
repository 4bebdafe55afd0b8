import { timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import Fastify, { type FastifyInstance } from 'fastify';

import type { ListenAddress } from '../config/listen-address.js';
import { closeServers, listen } from '../http/listen.js';

/** One thing that must hold before machines can boot. */
export interface ReadinessCheck {
  readonly name: string;
  readonly ok: boolean;
  /** What is missing, in words. */
  readonly detail?: string;
}

export interface AdminPlaneOptions {
  readonly listen: readonly ListenAddress[];
  /** Bearer token of everything but the health checks. */
  readonly token: string | undefined;
  readonly readiness: () => readonly ReadinessCheck[];
}

/** Health checks; apart from the boot plane, so that neither can reach the other's routes. */
export interface AdminPlane extends AsyncDisposable {
  readonly addresses: readonly AddressInfo[];
  close(): Promise<void>;
}

/** Open to anyone who can connect: they say nothing that a port scan does not. */
const OPEN_ROUTES: ReadonlySet<string> = new Set(['/livez', '/readyz']);

/** @throws ListenError when an address cannot be bound. */
export async function createAdminPlane(options: AdminPlaneOptions): Promise<AdminPlane> {
  const app = createApp(options);
  await app.ready();
  // Plain servers before one app: they bind `*` as the boot plane does, with or without IPv6.
  const servers = await listen('admin', options.listen, () =>
    createServer((request, response) => {
      app.routing(request, response);
    }),
  );
  const close = async (): Promise<void> => {
    await closeServers(servers, 0);
    await app.close();
  };
  return {
    addresses: servers.map((server) => server.address() as AddressInfo),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createApp({ token, readiness }: AdminPlaneOptions): FastifyInstance {
  const app = Fastify({ logger: false });
  app.addHook('onRequest', async (request, reply) => {
    const isOpen = OPEN_ROUTES.has(request.routeOptions.url ?? '');
    if (isOpen || token === undefined || carries(request.headers.authorization, token)) return;
    await reply
      .code(401)
      .header('WWW-Authenticate', 'Bearer')
      .send({ error: 'needs "Authorization: Bearer TOKEN" with the value of admin.token' });
  });
  app.get('/livez', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const checks = readiness();
    const isReady = checks.every(({ ok }) => ok);
    await reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ok' : 'not ready', checks });
  });
  return app;
}

function carries(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header?.replace(/^Bearer /, '') ?? '');
  const expected = Buffer.from(token);
  return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
}
