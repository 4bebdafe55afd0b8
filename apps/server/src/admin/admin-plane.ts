import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';

import Fastify, { type FastifyInstance } from 'fastify';

import { plainAddress } from '../access/allow-list.js';
import { createMinuteLog } from '../access/minute-log.js';
import { type ListenAddress } from '../config/listen-address.js';
import { createRejecter, GATE_REJECTIONS } from '../http/client-error.js';
import { ConnectionTable, type ConnectionUsage } from '../http/connection-table.js';
import { closeServers, listen } from '../http/listen.js';
import { announcedBodyBytes, RequestGate } from '../http/request-gate.js';
import { type ConnectionLimits } from '../limits/resource-limits.js';
import { type BootEvents } from '../log/events.js';
import { createFailedTokens } from './failed-tokens.js';

/** Limits of a request, far above the needs of health checks and API calls. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
const IDLE_MS = 30_000;
const MAX_HEADER_BYTES = 8 * 1024;
/** The parser does not count the characters between names and values, and answers what it finds too long. */
const MAX_HEAD_BYTES = 2 * MAX_HEADER_BYTES;
const MAX_BODY_BYTES = 64 * 1024;

/** Condition for machines to boot. */
export interface ReadinessCheck {
  readonly name: string;
  readonly ok: boolean;
  /** Explanation for people. */
  readonly detail?: string;
}

export interface AdminPlaneOptions {
  readonly listen: readonly ListenAddress[];
  /** Bearer token, required for everything but the health checks. */
  readonly token: string | undefined;
  readonly readiness: () => readonly ReadinessCheck[];
  readonly limits: ConnectionLimits;
  readonly events: Pick<BootEvents, 'limitReached' | 'requestRejected' | 'unexpectedError'>;
}

/** Listeners for health checks, separate from the boot plane, so that neither reaches the other's routes. */
export interface AdminPlane extends AsyncDisposable {
  readonly addresses: readonly AddressInfo[];
  readonly usage: ConnectionUsage;
  close(): Promise<void>;
}

/** Open to anyone who can connect: they reveal no more than a port scan. */
const OPEN_ROUTES: ReadonlySet<string> = new Set(['/livez', '/readyz']);

/** @throws ListenError when an address cannot be bound. */
export async function createAdminPlane(options: AdminPlaneOptions): Promise<AdminPlane> {
  const { limits, events } = options;
  const app = createApp(options);
  await app.ready();
  const table = new ConnectionTable({
    ...limits,
    onHit: createMinuteLog(({ kind, count, address }) => {
      events.limitReached({ plane: 'admin', limit: kind, count, address });
    }),
  });
  const gates = new WeakMap<Socket, RequestGate>();
  const rejecter = createRejecter((address, reason) => {
    events.requestRejected({ plane: 'admin', address, reason });
  });

  /** A connection counts as busy from its first request on: API calls are short. */
  function admit(socket: Socket): void {
    const connection = table.admit(plainAddress(socket.remoteAddress ?? ''), () => {
      socket.destroy();
    });
    if (connection === undefined) {
      socket.destroy();
      return;
    }
    gates.set(
      socket,
      new RequestGate(socket, MAX_HEAD_BYTES, (refusal) => {
        rejecter.reject(socket, GATE_REJECTIONS[refusal]);
      }),
    );
    socket.once('close', () => {
      connection.closed();
    });
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const gate = gates.get(request.socket);
    const bodyBytes = announcedBodyBytes(request);
    const takesBody = bodyBytes <= MAX_BODY_BYTES;
    gate?.begin(bodyBytes, takesBody);
    response.once('close', () => gate?.end());
    // A connection that carries a body is closed after the answer.
    if (bodyBytes > 0) {
      response.shouldKeepAlive = false;
    }
    if (bodyBytes === Infinity) {
      response.writeHead(411).end();
    } else {
      app.routing(request, response);
    }
  }
  // Plain servers in front of one app: they bind `*` like the boot plane, with or without IPv6.
  const servers = await listen('admin', options.listen, createListener, (error) => {
    events.unexpectedError('admin', error);
  });

  function createListener(): Server {
    const server = createServer(
      {
        headersTimeout: HEADERS_MS,
        requestTimeout: REQUEST_MS,
        connectionsCheckingInterval: HEADERS_MS / 2,
        keepAliveTimeout: IDLE_MS,
        maxHeaderSize: MAX_HEADER_BYTES,
      },
      handle,
    );
    server.timeout = IDLE_MS;
    server.on('connection', admit);
    server.on('clientError', rejecter.onClientError);
    return server;
  }

  const close = async (): Promise<void> => {
    await closeServers(servers, 0);
    await app.close();
  };
  return {
    addresses: servers.map((server) => server.address() as AddressInfo),
    get usage() {
      return table.usage;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createApp({ token, readiness }: AdminPlaneOptions): FastifyInstance {
  const app = Fastify({ logger: false, bodyLimit: MAX_BODY_BYTES });
  const failedTokens = createFailedTokens();
  app.addHook('onRequest', async (request, reply) => {
    const isOpen = OPEN_ROUTES.has(request.routeOptions.url ?? '');
    if (isOpen || token === undefined) {
      return;
    }
    const address = plainAddress(request.socket.remoteAddress ?? '');
    if (failedTokens.isBlocked(address)) {
      await reply
        .code(429)
        .header('Retry-After', '60')
        .send({ error: 'too many wrong tokens from this address; try again in a minute' });
      return;
    }
    const { authorization } = request.headers;
    if (carries(authorization, token)) {
      return;
    }
    if (authorization !== undefined) {
      failedTokens.failed(address);
    }
    await reply
      .code(401)
      .header('WWW-Authenticate', 'Bearer')
      .send({ error: 'expected "Authorization: Bearer TOKEN" with the value of admin.token' });
  });
  app.get('/livez', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const checks = readiness();
    const isReady = checks.every(({ ok }) => ok);
    await reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ok' : 'not ready', checks });
  });
  return app;
}

/** Compares digests, so that timing reveals neither the token nor its length. */
function carries(header: string | undefined, token: string): boolean {
  return timingSafeEqual(digest(header?.replace(/^Bearer /, '') ?? ''), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
