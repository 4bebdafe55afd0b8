import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';

import { type BootJournal } from '../machines/boot-journal.js';
import { type Boot } from '../machines/boot.js';
import { controlSocketPath } from './socket-path.js';

/** Maximum number of connections. */
const MAX_CONNECTIONS = 32;
/** Maximum number of bytes that a program may leave unread while following boots. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/** Number of boots written per turn of the event loop, which takes about 2 ms. */
const BOOTS_AT_ONCE = 100;

/** Socket of the daemon for commands on the same host. Only the daemon's user and root can connect. */
export interface ControlSocket {
  close(): Promise<void>;
}

/** Components of the daemon that commands query. */
export interface ControlParts {
  readonly journal: BootJournal;
  /** Returns a short reason why nothing is served yet; undefined once there are images. */
  readonly fetchStatus: () => string | undefined;
}

/** Answers a request as the admin plane does, without requiring a token. */
export type AnswerRequest = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Creates the control socket in the data directory. A socket left by a daemon that was killed is replaced.
 *
 * @param api - answers the requests for paths below `/api/`
 * @throws Error when another daemon listens there, or the directory cannot contain a socket
 */
export async function createControlSocket(
  dataDir: string,
  { journal, fetchStatus }: ControlParts,
  api: AnswerRequest,
): Promise<ControlSocket> {
  const path = controlSocketPath(dataDir);
  if (await isAnswered(path)) {
    throw new Error(`another daemon is listening on ${path}`);
  }
  await removeSocket(path);
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/api/') === true) {
      api(request, response);
    } else {
      answer(request, response, { journal, fetchStatus });
    }
  });
  server.maxConnections = MAX_CONNECTIONS;
  // listen() binds before it returns, so the socket never exists with wider permissions.
  const umask = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(umask);
  }
  await once(server, 'listening');
  server.on('error', () => {
    // accept(2) may fail for lack of descriptors; the command then reports that no daemon answers.
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/**
 * Removes a socket, if there is one. Avoids rm(), which stats the socket through Node's callback interface;
 * after that, `fs.realpathSync()`, and so the next `import()`, may leave symbolic links unresolved (Node 20
 * to 24).
 */
async function removeSocket(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw error;
    }
  }
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { journal, fetchStatus }: ControlParts,
): void {
  if (request.method !== 'GET') {
    response.writeHead(405).end();
    return;
  }
  switch (request.url) {
    case '/boots':
      sendBoots(response, journal.boots());
      return;
    case '/fetch-status':
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ status: fetchStatus() }));
      return;
    case '/boots/changes': {
      response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
      response.flushHeaders();
      const stop = journal.follow((change) => {
        if (response.writableLength > MAX_UNREAD_BYTES) {
          response.destroy();
          return;
        }
        response.write(`${JSON.stringify(change)}\n`);
      });
      response.once('close', stop);
      return;
    }
    default:
      response.writeHead(404).end();
  }
}

/** Sends boots as JSON, in batches, since writing thousands at once would delay every transfer. */
function sendBoots(response: ServerResponse, boots: readonly Boot[]): void {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  Readable.from(textOf(boots)).pipe(response);
}

async function* textOf(boots: readonly Boot[]): AsyncGenerator<string, void, void> {
  yield '{"boots":[';
  for (let start = 0; start < boots.length; start += BOOTS_AT_ONCE) {
    const part = boots.slice(start, start + BOOTS_AT_ONCE).map((boot) => JSON.stringify(boot));
    yield `${start === 0 ? '' : ','}${part.join(',')}`;
    await turn();
  }
  yield ']}';
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
