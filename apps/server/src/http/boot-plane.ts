import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';

import { type MirrorFiles } from '@pxe/debian-netboot';
import { NetbootError } from '@pxe/debian-netboot/catalog';

import { type AllowList, plainAddress } from '../access/allow-list.js';
import { secretPath, type SecretPath, startPath } from '../access/install-path.js';
import { identityInCookies } from '../access/machine-identity.js';
import { createMinuteLog, oncePerMinute } from '../access/minute-log.js';
import { archivePath, isMirrorPath } from '../access/mirror-path.js';
import { type ListenAddress } from '../config/listen-address.js';
import { type BlobCache } from '../content/blob-cache.js';
import { textContent } from '../content/content.js';
import { HostError } from '../installs/host-error.js';
import { LoopTurns } from '../limits/fair-turns.js';
import { KernelMemory } from '../limits/kernel-memory.js';
import { type ResourceLimits } from '../limits/resource-limits.js';
import { type SocketMemoryReader } from '../limits/system-resources.js';
import { type BootEvents, isOptionalFile } from '../log/events.js';
import { ownCopy, shortened, withoutTokens } from '../log/printable.js';
import { type BootClient, type BootNamespace } from '../namespace/boot-namespace.js';
import { isRoot, requestPath } from '../namespace/logical-path.js';
import { createRejecter, GATE_REJECTIONS } from './client-error.js';
import {
  ConnectionTable,
  type ConnectionUsage,
  type TrackedConnection,
} from './connection-table.js';
import { GrubConnections } from './grub-connections.js';
import { closeServers, listen } from './listen.js';
import { MIRROR_OFF, MirrorAnswers } from './mirror-answer.js';
import { announcedBodyBytes, hasOneHost, RequestGate } from './request-gate.js';
import { sendContent, sendStatus, sendText, type Sent } from './respond.js';
import { STATUS_PAGE_HEADERS, type StatusPage } from './status-page.js';

/** Timeouts of a connection, in milliseconds. */
export interface BootPlaneDeadlines {
  /** Maximum time from the connection, or from the previous response, to the end of a request head. */
  readonly headersMs: number;
  /** Time without activity after which a connection is closed. */
  readonly idleMs: number;
  /** Time over which the speed of a client that reads a file of the mirror is measured. */
  readonly mirrorPaceMs: number;
}

const DEADLINES: BootPlaneDeadlines = {
  headersMs: 10_000,
  idleMs: 60_000,
  mirrorPaceMs: 30_000,
};
/**
 * Maximum size of a request head in bytes, as the parser counts it. The longest known one is lpxelinux's,
 * with its inventory cookies: under 2 KiB.
 */
const MAX_HEADER_BYTES = 8 * 1024;
/**
 * Maximum number of bytes of a request head that are passed to the parser, which does not count the
 * whitespace between names and values towards {@link MAX_HEADER_BYTES}.
 */
const MAX_HEAD_BYTES = 2 * MAX_HEADER_BYTES;
/** Maximum number of pieces started per turn of the event loop; copying them takes a few milliseconds. */
const PIECES_PER_TURN = 16;
/**
 * Maximum number of request heads parsed per turn of the event loop, which takes about half a millisecond.
 * Only one new connection is accepted per turn, so long turns keep new clients waiting.
 */
const HEADS_PER_TURN = 4;
/**
 * Number of requests that match no file (answered with 400, 404 or 503) after which a connection is closed;
 * firmware sends at most a dozen.
 */
const MAX_MISSES = 32;
/** Header field that makes iPXE repeat the request after ten seconds. */
const RETRY_SOON: readonly string[] = ['Retry-After', '10'];
/** System error codes for a lack of file descriptors. */
const OUT_OF_DESCRIPTORS: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE']);

export interface BootPlaneOptions {
  readonly listen: readonly ListenAddress[];
  readonly namespace: BootNamespace;
  readonly cache: BlobCache;
  /** Page at `/`. @default none: the path is answered with 400 */
  readonly page?: StatusPage;
  readonly allowList: AllowList;
  readonly events: BootEvents;
  /**
   * Called when a response begins; the function it returns is called when the response ends.
   *
   * @param address - address of the client
   */
  readonly onAnswer?: (address: string) => () => void;
  /** Answers machines that are being installed. @default there are no installations */
  readonly installs?: InstallRequests;
  /** Returns the files of the mirror, for {@link MIRROR_FOLDER}. @default there are none */
  readonly mirror?: () => MirrorFiles | undefined;
  readonly limits: ResourceLimits['http'];
  /** Reads how much kernel memory sockets use, where that counts towards a limit. */
  readonly socketMemory?: SocketMemoryReader | undefined;
  /**
   * Clock, in milliseconds since any point in time.
   * @default performance.now
   */
  readonly now?: () => number;
  /** Timeouts. @default 10 s for a request head, 60 s without activity, 30 s to measure the speed */
  readonly deadlines?: Partial<BootPlaneDeadlines>;
}

/** Requests from machines that are being installed. */
export interface InstallRequests {
  /** Records the start of an installation; returns the reason if it may not start, otherwise undefined. */
  start(start: string, address: string): Promise<string | undefined>;
  /**
   * Returns the text for a request with a token; undefined if the token or the request is invalid.
   *
   * @throws {@link HostError} `unavailable` when the database cannot be used at the moment
   */
  answer(
    secret: SecretPath & { readonly query: string },
    method: string,
    client: BootClient,
  ): Promise<string | undefined>;
}

/** Admitted connection. */
interface Admitted {
  readonly connection: TrackedConnection;
  readonly gate: RequestGate;
  /** Number of requests so far that match no file. */
  misses: number;
  /** True if GRUB sent the last request. */
  isGrub: boolean;
}

/** Listeners that serve boot files over HTTP. */
export interface BootPlane extends AsyncDisposable {
  readonly addresses: readonly AddressInfo[];
  readonly usage: ConnectionUsage;
  /**
   * Ends the connections that GRUB left open in an earlier boot. Called when a machine loads GRUB.
   */
  restarted(address: string): void;
  /**
   * Refuses new connections, lets responses in progress finish for at most `graceMs` (0 by default), then
   * ends them.
   */
  close(options?: { graceMs?: number }): Promise<void>;
}

/**
 * Serves the boot namespace over HTTP, in the form that boot firmware requires: `Content-Length` with these
 * capitals and always exact, never chunked or compressed, no redirects and no listings.
 *
 * @throws {@link ListenError} when an address cannot be bound
 */
export async function createBootPlane(options: BootPlaneOptions): Promise<BootPlane> {
  const { namespace, cache, page, allowList, events, limits } = options;
  const deadlines = { ...DEADLINES, ...options.deadlines };
  const logRefusal = oncePerMinute((address) => {
    events.sourceDenied('http', address);
  });

  const logLimit = createMinuteLog(({ kind, count, address }) => {
    events.limitReached({ plane: 'http', limit: kind, count, address });
  });
  const rejecter = createRejecter((address, reason) => {
    events.requestRejected({ plane: 'http', address, reason });
  });
  const table = new ConnectionTable({ ...limits, onHit: logLimit });
  const connections = new WeakMap<Socket, Admitted>();
  const headTurns = new LoopTurns(HEADS_PER_TURN);
  const turns = new LoopTurns(PIECES_PER_TURN);
  const mirrorAnswers = new MirrorAnswers(() => options.mirror?.(), deadlines.mirrorPaceMs);
  const grubs = new GrubConnections(options.now ?? (() => performance.now()));
  const kernelMemory = createKernelMemory();
  /**
   * Connections without a request in progress. Node counts those that have never sent one, which browsers open in
   * advance, as busy.
   */
  const waiting = new Set<Socket>();
  /**
   * Connections whose last response has been passed to the kernel, and which the client has not closed yet.
   */
  const lingering = new Set<Socket>();
  let isDraining = false;

  function createKernelMemory(): KernelMemory | undefined {
    return options.socketMemory === undefined
      ? undefined
      : new KernelMemory({
          maxBytes: limits.kernelBytes,
          read: options.socketMemory,
          relieve: (fraction) => {
            table.relieve(fraction);
          },
          onError: (error) => {
            events.unexpectedError('http', error);
          },
        });
  }

  /**
   * Keeps a connection open after its last response until its client closes it. If it were closed on this
   * side, the kernel would keep its unread data, and nothing could free that memory.
   */
  function linger(socket: Socket, gate: RequestGate): void {
    const close = socket.destroySoon.bind(socket);
    socket.destroySoon = () => {
      if (isDraining || gate.isDiscarding) {
        close();
      } else {
        lingering.add(socket);
        socket.end();
      }
    };
    socket.once('close', () => {
      lingering.delete(socket);
    });
  }

  function admit(socket: Socket): void {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined) {
      // The client has already reset the connection.
      socket.destroy();
      return;
    }
    const address = plainAddress(remoteAddress);
    if (!allowList.allows(address)) {
      logRefusal(address);
      socket.destroy();
      return;
    }
    const connection = table.admit(address, (isReset) => {
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
    const gate = new RequestGate(
      socket,
      MAX_HEAD_BYTES,
      (refusal) => {
        rejecter.reject(socket, GATE_REJECTIONS[refusal]);
      },
      () => headTurns.take(connection.address),
    );
    connections.set(socket, { connection, gate, misses: 0, isGrub: false });
    waiting.add(socket);
    if (kernelMemory !== undefined) {
      linger(socket, gate);
    }
    socket.once('close', () => {
      waiting.delete(socket);
      connection.closed();
    });
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    // Boot firmware sends one request at a time, while queued responses would all hold bytes in memory.
    const tracked = connections.get(request.socket);
    if (response.socket === null || tracked === undefined) {
      request.socket.destroy();
      return;
    }
    const { connection, gate } = tracked;
    waiting.delete(request.socket);
    gate.begin(announcedBodyBytes(request));
    connection.began();
    const { socket } = request;
    tracked.isGrub = GrubConnections.isGrub(request.headers['user-agent']);
    if (tracked.isGrub) {
      grubs.used(connection.address, socket);
    }
    const onEnd = options.onAnswer?.(plainAddress(request.socket.remoteAddress ?? ''));
    // A proxy in between may see other requests in the same bytes, so nothing may follow this request.
    if (gate.isMalformed || !hasOneHost(request)) {
      response.shouldKeepAlive = false;
    }
    response.once('close', () => {
      if (!request.socket.destroyed) {
        waiting.add(request.socket);
      }
      gate.end();
      connection.rested();
      if (tracked.isGrub) {
        grubs.used(connection.address, socket);
      }
      onEnd?.();
      if (isDraining) {
        setImmediate(closeIdle);
      }
    });
    serve(request, response, tracked)
      .catch(async (error: unknown) => {
        const isShort = isShortage(error);
        if (isShort) {
          logLimit('no file descriptor left', request.socket.remoteAddress ?? '');
        } else {
          events.unexpectedError('http', error);
        }
        if (response.headersSent) {
          response.destroy();
        } else {
          await sendStatus(request, response, isShort ? 503 : 500);
        }
      })
      .catch((error: unknown) => {
        events.unexpectedError('http', error);
        response.destroy();
      });
  }

  async function serve(
    request: IncomingMessage,
    response: ServerResponse,
    tracked: Admitted,
  ): Promise<void> {
    const { socket, method = '' } = request;
    const startedAt = performance.now();
    const identity = identityInCookies(ownCopy((request.headers.cookie ?? '').slice(0, 1024)));
    const client: BootClient = {
      transport: 'http',
      address: plainAddress(socket.remoteAddress ?? ''),
      localAddress: plainAddress(socket.localAddress ?? ''),
      identity,
    };
    const { url = '' } = request;
    const target = requestPath(url);
    const path = target === undefined ? undefined : ownCopy(target);
    // Once answered, the head is freed; it may be much longer than what a log line shows.
    const loggedPath =
      path === undefined
        ? isRoot(url)
          ? '/'
          : ownCopy(shortened(withoutTokens(url)))
        : withoutTokens(path);
    const userAgent = ownCopy(shortened(request.headers['user-agent'] ?? ''));
    const { status, bytes, size, aborted, free, reason } = await answer(
      request,
      response,
      path,
      client,
      tracked,
    );
    events.httpRequest({
      method,
      path: loggedPath,
      status,
      bytes,
      ...(size === undefined ? {} : { size }),
      aborted,
      reason,
      client: client.address,
      userAgent,
      ...(identity === undefined ? {} : { identity }),
      durationMs: performance.now() - startedAt,
    });
    await free?.();
  }

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    path: string | undefined,
    client: BootClient,
    tracked: Admitted,
  ): Promise<Sent> {
    const { connection } = tracked;
    const miss = (status: number, headers?: readonly string[], why?: string): Promise<Sent> => {
      tracked.misses++;
      if (tracked.misses >= MAX_MISSES) {
        response.shouldKeepAlive = false;
      }
      return sendStatus(request, response, status, headers, why);
    };
    // Requests here have no body; the connection is closed after the response.
    if (announcedBodyBytes(request) > 0 || isDraining) {
      response.shouldKeepAlive = false;
    }
    if (request.httpVersionMajor !== 1) {
      response.shouldKeepAlive = false;
      const reason = `expected HTTP/1.0 or HTTP/1.1, got HTTP/${request.httpVersion}`;
      return { ...(await sendStatus(request, response, 505)), reason };
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return sendStatus(request, response, 405, ['Allow', 'GET, HEAD']);
    }
    if (path === undefined && page !== undefined && isRoot(request.url ?? '')) {
      return sendText(request, response, page(client.localAddress), STATUS_PAGE_HEADERS);
    }
    if (path === undefined) {
      return miss(400);
    }
    const secret = secretPath(path);
    if (secret !== undefined) {
      let text: string | undefined;
      try {
        text = await options.installs?.answer(
          { ...secret, query: (request.url ?? '').split('?')[1] ?? '' },
          request.method,
          client,
        );
      } catch (error) {
        if (!(error instanceof HostError && error.code === 'unavailable')) {
          throw error;
        }
        return miss(503, RETRY_SOON, error.message);
      }
      return text === undefined ? miss(404) : sendText(request, response, textContent(text));
    }
    const delivery = {
      copyBytes: limits.copyBytes,
      address: connection.address,
      turns,
      kernelMemory,
      onOffer: () => {
        connection.offered();
      },
      onProgress: (bytes: number) => {
        connection.progressed(bytes);
        if (tracked.isGrub) {
          grubs.used(connection.address, request.socket);
        }
      },
    };
    if (isMirrorPath(path)) {
      const name = archivePath(path);
      return name === undefined || options.mirror?.() === undefined
        ? miss(404, [], name === undefined ? undefined : MIRROR_OFF)
        : mirrorAnswers.answer(request, response, name, delivery);
    }
    const content = namespace.lookup(path, client);
    const start = content === undefined ? undefined : startPath(path)?.start;
    const refusal =
      start === undefined ? undefined : await options.installs?.start(start, client.address);
    if (refusal !== undefined) {
      return { ...(await miss(404)), reason: refusal };
    }
    if (content === undefined) {
      const reason = namespace.refusalReason(path, client);
      if (namespace.notReady !== undefined && !isOptionalFile(path)) {
        return miss(503, RETRY_SOON, reason);
      }
      return { ...(await miss(404)), reason };
    }
    try {
      return await sendContent(request, response, path, content, cache, delivery);
    } catch (error) {
      if (!(error instanceof NetbootError) || isShortage(error) || response.headersSent) {
        throw error;
      }
      // The store reports damage once, and the file is fetched again.
      const status = error.code === 'ERR_NETBOOT_FILE_DAMAGED' ? 503 : 500;
      return { ...(await sendStatus(request, response, status)), reason: error.message };
    }
  }

  function createListener(): Server {
    const server = createServer(
      {
        headersTimeout: deadlines.headersMs,
        connectionsCheckingInterval: deadlines.headersMs / 2,
        maxHeaderSize: MAX_HEADER_BYTES,
        noDelay: true,
        // lpxelinux sends SMBIOS strings in cookies, with whatever bytes the vendor left in them, and odd
        // firmware ends lines with a bare LF or sends no Host. None of that changes the meaning of a GET
        // without a body; handle() closes the connection after such a request.
        insecureHTTPParser: true,
        requireHostHeader: false,
      },
      handle,
    );
    // An unknown Expect header does not keep a boot client from its file.
    server.on('checkExpectation', handle);
    server.on('connect', (_request, socket) => {
      // Node has removed its own listener; the client may reset the connection.
      socket.on('error', () => socket.destroy());
      rejecter.reject(socket, { status: 405, reason: 'CONNECT: this server is not a proxy' });
    });
    // Some clients close their side after the request, and still expect a response.
    Object.assign(server, { httpAllowHalfOpen: true });
    server.keepAliveTimeout = deadlines.idleMs;
    server.timeout = deadlines.idleMs;
    if (kernelMemory !== undefined) {
      server.on('timeout', (socket: Socket) => {
        socket.resetAndDestroy();
      });
    }
    server.on('connection', admit);
    server.on('clientError', rejecter.onClientError);
    return server;
  }

  const servers = await listen('boot HTTP', options.listen, createListener, (error) => {
    events.unexpectedError('http', error);
  });
  function closeIdle(): void {
    for (const server of servers) {
      server.closeIdleConnections();
    }
  }

  const close = ({ graceMs = 0 } = {}): Promise<void> => {
    isDraining = true;
    for (const socket of [...lingering, ...waiting]) {
      socket.destroy();
    }
    return closeServers(servers, graceMs);
  };
  return {
    addresses: servers.map((server) => server.address() as AddressInfo),
    get usage() {
      return table.usage;
    },
    restarted: (address) => {
      grubs.restarted(address);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Returns true if an error says that no file descriptor is left. */
function isShortage(error: unknown): boolean {
  // The store wraps the error to name the file.
  const cause = error instanceof NetbootError ? error.cause : error;
  return OUT_OF_DESCRIPTORS.has((cause as NodeJS.ErrnoException | null | undefined)?.code);
}
