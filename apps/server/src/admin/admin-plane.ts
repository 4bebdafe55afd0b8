import { timingSafeEqual } from 'node:crypto';
import type { AddressInfo } from 'node:net';

import Fastify, { type FastifyInstance } from 'fastify';

import { formatListenAddress, type ListenAddress } from '../config/listen-address.js';
import { ListenError } from '../errors.js';

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

/** @throws {@link ListenError} when an address cannot be bound. */
export async function createAdminPlane(options: AdminPlaneOptions): Promise<AdminPlane> {
  const instances: FastifyInstance[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(instances.map((instance) => instance.close()));
  };
  for (const address of options.listen) {
    const instance = createApp(options);
    instances.push(instance);
    try {
      await instance.listen({
        host: address.address === '*' ? '::' : address.address,
        port: address.port,
      });
    } catch (error) {
      await close();
      throw new ListenError('admin', formatListenAddress(address), error);
    }
  }
  return {
    addresses: instances.map((instance) => instance.server.address() as AddressInfo),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createApp({ token, readiness }: AdminPlaneOptions): FastifyInstance {
  const app = Fastify({ logger: false, forceCloseConnections: true });
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
