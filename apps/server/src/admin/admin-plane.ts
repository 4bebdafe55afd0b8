import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';

import Fastify, { type FastifyInstance } from 'fastify';

import { plainAddress } from '../access/allow-list.js';
import { createMinuteLog } from '../access/minute-log.js';
import { type ListenAddress } from '../config/listen-address.js';
import { createRejecter, GATE_REJECTIONS } from '../http/client-error.js';
import {
  ConnectionTable,
  type ConnectionUsage,
  type TrackedConnection,
} from '../http/connection-table.js';
import { closeServers, listen } from '../http/listen.js';
import { announcedBodyBytes, hasOneHost, RequestGate } from '../http/request-gate.js';
import { type ConnectionLimits } from '../limits/resource-limits.js';
import { type BootEvents, type ChangeFacts } from '../log/events.js';
import { type AccessSettings, createAccessControl } from './access-control.js';
import { type Rights, rightsOf } from './admin-tokens.js';
import { addAudit } from './audit.js';
import { addPages, type PageFile } from './pages.js';

/**
 * Maximum time to receive the head of a request, in milliseconds. Like the limits below, it is far more than
 * health checks and API calls need.
 */
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
const IDLE_MS = 30_000;
const MAX_HEADER_BYTES = 8 * 1024;
/**
 * Maximum size of a request's head in bytes, including the whitespace between names and values, which the
 * limit of Node's parser does not count.
 */
const MAX_HEAD_BYTES = 2 * MAX_HEADER_BYTES;
const MAX_BODY_BYTES = 64 * 1024;

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * True for routes open to anyone who can connect: they change nothing and do not identify any machine.
     */
    readonly isOpen?: boolean;
  }

  interface FastifyRequest {
    /** Rights of the request's token, or of the control socket; undefined if the request has none. */
    rights: Rights | undefined;
  }
}

/** Condition that must hold for machines to boot. */
export interface ReadinessCheck {
  readonly name: string;
  readonly ok: boolean;
  /** Explanation for the user. */
  readonly detail?: string;
}

export interface AdminPlaneOptions {
  readonly listen: readonly ListenAddress[];
  /** Returns the tokens and names in force, for each request. */
  readonly access: () => AccessSettings;
  readonly readiness: () => readonly ReadinessCheck[];
  /** Metrics in Prometheus' text format. */
  readonly metrics: MetricsText;
  /** Files of the dashboard, open to anyone who can connect. */
  readonly pages?: readonly PageFile[];
  /** Adds the routes of the API. */
  readonly api?: (app: FastifyInstance) => void | Promise<void>;
  readonly limits: ConnectionLimits;
  readonly events: Pick<BootEvents, 'limitReached' | 'requestRejected' | 'unexpectedError'>;
  /** Called for each change requested with a token or on the control socket. */
  readonly onChange: (facts: ChangeFacts) => void;
}

/** Admitted connection. */
interface Admitted {
  readonly connection: TrackedConnection;
  readonly gate: RequestGate;
}

/** Metrics as text. */
export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

/**
 * Listeners for health checks, metrics and the API, separate from those of the boot plane, so that neither
 * plane serves the other's routes.
 */
export interface AdminPlane extends AsyncDisposable {
  readonly addresses: readonly AddressInfo[];
  readonly usage: ConnectionUsage;
  /** Answers a request from the control socket, which needs no token. */
  answerLocalUser(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

/**
 * Creates the admin plane, and binds its addresses.
 *
 * @throws {@link ListenError} when an address cannot be bound
 */
export async function createAdminPlane(options: AdminPlaneOptions): Promise<AdminPlane> {
  const { limits, events } = options;
  const localUsers = new WeakSet<IncomingMessage>();
  const connections = new WeakMap<Socket, Admitted>();
  const app = createApp(options, localUsers);
  // A complete response only has to be read by its client. Event streams do not run this hook.
  app.addHook('onSend', async ({ raw }) => {
    connections.get(raw.socket)?.connection.offered();
    await Promise.resolve();
  });
  addPages(app, options.pages ?? []);
  await options.api?.(app);
  await app.ready();
  const table = new ConnectionTable({
    ...limits,
    onHit: createMinuteLog(({ kind, count, address }) => {
      events.limitReached({ plane: 'admin', limit: kind, count, address });
    }),
  });
  const rejecter = createRejecter((address, reason) => {
    events.requestRejected({ plane: 'admin', address, reason });
  });

  /** Admits a connection, or closes it if there is no room. */
  function admit(socket: Socket): void {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined) {
      // The client has already reset the connection. A request without an address would be treated as local.
      socket.destroy();
      return;
    }
    const connection = table.admit(plainAddress(remoteAddress), (isReset) => {
      if (isReset) {
        socket.resetAndDestroy();
      } else {
        socket.destroy();
      }
    });
    if (connection === undefined) {
      socket.destroy();
      return;
    }
    const gate = new RequestGate(socket, MAX_HEAD_BYTES, (refusal) => {
      rejecter.reject(socket, GATE_REJECTIONS[refusal]);
    });
    connections.set(socket, { connection, gate });
    socket.once('close', () => {
      connection.closed();
    });
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const { connection, gate } = connections.get(request.socket) ?? {};
    const bodyBytes = announcedBodyBytes(request);
    const takesBody = bodyBytes <= MAX_BODY_BYTES;
    gate?.begin(bodyBytes, takesBody);
    connection?.began('work');
    response.once('close', () => {
      gate?.end();
      connection?.rested();
    });
    // The connection is closed after the response to a request with a body.
    if (bodyBytes > 0) {
      response.shouldKeepAlive = false;
    }
    // A proxy in between may have checked the other name.
    if (!hasOneHost(request)) {
      response.shouldKeepAlive = false;
      connection?.offered();
      response.writeHead(400).end();
    } else if (bodyBytes === Infinity) {
      connection?.offered();
      response.writeHead(411).end();
    } else {
      app.routing(request, response);
    }
  }
  // Plain servers in front of a single app, so that `*` is bound as on the boot plane, with or without IPv6.
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
    answerLocalUser(request, response) {
      localUsers.add(request);
      app.routing(request, response);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * Headers of every response that does not set its own: browsers do not store the response, and pages of other
 * sites cannot load it, not even as a script or an image.
 */
const PRIVATE_HEADERS = [
  ['Cache-Control', 'no-store'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['X-Content-Type-Options', 'nosniff'],
] as const;

function createApp(
  { access, readiness, metrics, onChange }: AdminPlaneOptions,
  localUsers: WeakSet<IncomingMessage>,
): FastifyInstance {
  const app = Fastify({ logger: false, bodyLimit: MAX_BODY_BYTES });
  const refuse = createAccessControl(access);
  app.decorateRequest('rights');
  app.addHook('onRequest', async (request, reply) => {
    // Event streams bypass Fastify.
    for (const [name, value] of PRIVATE_HEADERS) {
      reply.raw.setHeader(name, value);
    }
    request.rights = localUsers.has(request.raw)
      ? 'socket'
      : rightsOf(request.headers.authorization, access());
    return Promise.resolve();
  });
  // Added before the check, since refused requests are logged, too.
  addAudit(app, onChange);
  app.addHook('onRequest', async (request, reply) => {
    const refusal = refuse({
      method: request.method,
      headers: request.headers,
      address: plainAddress(request.socket.remoteAddress ?? ''),
      isOpen: request.routeOptions.config.isOpen === true,
      rights: request.rights,
    });
    if (refusal !== undefined) {
      const { status, error, headers = {} } = refusal;
      await reply.code(status).headers(headers).send({ error });
    }
  });
  const open = { config: { isOpen: true } };
  app.get('/livez', open, () => ({ status: 'ok' }));
  app.get('/readyz', open, async (_request, reply) => {
    const checks = readiness();
    const isReady = checks.every(({ ok }) => ok);
    await reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ok' : 'not ready', checks });
  });
  app.get('/metrics', open, async (_request, reply) => {
    await reply.type(metrics.contentType).send(await metrics.text());
  });
  return app;
}
