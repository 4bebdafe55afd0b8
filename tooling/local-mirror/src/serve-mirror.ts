import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Fault, type FaultRule } from './faults.js';
import {
  contentOf,
  memoryFile,
  type MirrorFile,
  type MirrorTree,
  sha256Of,
} from './mirror-tree.js';

/** A request received by the mirror. */
export interface SeenRequest {
  readonly method: string;
  /** Path from the mirror's root, without a leading slash. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Status of the response. */
  status: number;
  /** Number of body bytes sent. */
  sentBytes: number;
}

/** A running mirror. */
export interface RunningMirror extends AsyncDisposable {
  /** `http://127.0.0.1:<port>/debian`. */
  readonly url: string;
  /** All requests since the start, or since the list was cleared. */
  readonly requests: SeenRequest[];
  /** Maximum number of concurrent requests so far. */
  mostAtOnce: number;
  /** Faults; may be changed at any time. */
  faults: FaultRule[];
  /** Files; may be changed at any time. */
  tree: MirrorTree;
  /** `Last-Modified` of every file, from which caches estimate freshness. */
  lastModified: Date | undefined;
  close(): Promise<void>;
}

/** Port and address to listen on. */
export interface ServeOptions {
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** @default 0, any free one */
  readonly port?: number;
}

const ROOT = '/debian/';

/** Serves a mirror over HTTP, by default on loopback. */
export async function serveMirror(
  tree: MirrorTree,
  { host = '127.0.0.1', port = 0 }: ServeOptions = {},
): Promise<RunningMirror> {
  const used = new Map<FaultRule, number>();
  let active = 0;
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://mirror').pathname);
    const seen: SeenRequest = {
      method: request.method ?? '',
      path: path.startsWith(ROOT) ? path.slice(ROOT.length) : path,
      headers: request.headers,
      status: 0,
      sentBytes: 0,
    };
    mirror.requests.push(seen);
    active += 1;
    mirror.mostAtOnce = Math.max(mirror.mostAtOnce, active);
    response.once('close', () => {
      active -= 1;
    });
    const fault = takeFault(mirror.faults, used, seen.path);
    if (mirror.lastModified !== undefined) {
      response.setHeader('Last-Modified', mirror.lastModified.toUTCString());
    }
    answer(mirror.tree, fault, request, response, seen).catch(() => {
      // The client disconnected, or the fault cut the connection.
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  const mirror: RunningMirror = {
    url: `http://${host}:${address.port}${ROOT.slice(0, -1)}`,
    requests: [],
    mostAtOnce: 0,
    faults: [],
    tree,
    lastModified: undefined,
    close,
    [Symbol.asyncDispose]: close,
  };
  return mirror;
}

function takeFault(
  rules: readonly FaultRule[],
  used: Map<FaultRule, number>,
  path: string,
): Fault | undefined {
  for (const rule of rules) {
    const count = used.get(rule) ?? 0;
    if (!rule.path.test(path) || count >= (rule.times ?? Infinity)) {
      continue;
    }
    used.set(rule, count + 1);
    return rule.fault;
  }
  return undefined;
}

async function answer(
  tree: MirrorTree,
  fault: Fault | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  seen: SeenRequest,
): Promise<void> {
  const end = (status: number, headers: Record<string, string> = {}): void => {
    seen.status = status;
    response.writeHead(status, { 'Content-Length': '0', ...headers }).end();
  };
  switch (fault?.kind) {
    case 'reset':
      request.socket.destroy();
      return;
    case 'status':
      end(fault.status, fault.retryAfter === undefined ? {} : { 'Retry-After': fault.retryAfter });
      return;
    case 'redirect':
      end(302, { Location: fault.location });
      return;
    case 'endless':
      seen.status = fault.status;
      response.writeHead(fault.status, { ...(fault.location && { Location: fault.location }) });
      await pipeline(endless(seen), response);
      return;
    default:
  }
  const original = tree.get(fault?.kind === 'otherFile' ? fault.path : seen.path);
  if (original === undefined) {
    end(404);
    return;
  }
  const file = await faultyFile(original, fault, tree);
  const etag = `"${(await knownHash(file)).slice(0, 16)}"`;
  if (request.headers['if-none-match'] === etag) {
    end(304, { ETag: etag });
    return;
  }
  await sendFile(file, fault, etag, request, response, seen);
}

/** Hashes of files that were served before. */
const hashes = new WeakMap<MirrorFile, Promise<string>>();

function knownHash(file: MirrorFile): Promise<string> {
  let hash = hashes.get(file);
  if (hash === undefined) {
    hash = sha256Of(file);
    hashes.set(file, hash);
  }
  return hash;
}

async function sendFile(
  file: MirrorFile,
  fault: Fault | undefined,
  etag: string,
  request: IncomingMessage,
  response: ServerResponse,
  seen: SeenRequest,
): Promise<void> {
  const condition = request.headers['if-range'];
  const isSame = [undefined, etag, response.getHeader('Last-Modified')].includes(condition);
  const range = isSame ? /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] : undefined;
  let start = range === undefined || fault?.kind === 'ignoreRange' ? 0 : Number(range);
  if (start > 0 && start >= file.size) {
    seen.status = 416;
    response.writeHead(416, { 'Content-Length': '0' }).end();
    return;
  }
  if (fault?.kind === 'wrongRange' && start > 0) {
    start -= 1;
  }
  seen.status = start > 0 ? 206 : 200;
  response.writeHead(seen.status, {
    'Content-Length': String(file.size - start),
    'Content-Type': 'application/octet-stream',
    'Accept-Ranges': 'bytes',
    ETag: etag,
    ...(start > 0 && { 'Content-Range': `bytes ${start}-${file.size - 1}/${file.size}` }),
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  await pipeline(sent(file.open(start), fault, response, seen), response);
}

/** Yields content until the client disconnects. */
async function* endless(seen: SeenRequest): AsyncGenerator<Buffer> {
  const piece = Buffer.alloc(16_384);
  for (;;) {
    yield piece;
    seen.sentBytes += piece.length;
    // Gives the client a chance to close the connection.
    await sleep(1);
  }
}

/** Yields the body as sent: counted, and with faults that occur while sending. */
async function* sent(
  content: Readable,
  fault: Fault | undefined,
  response: ServerResponse,
  seen: SeenRequest,
): AsyncGenerator<Buffer> {
  const limit =
    fault?.kind === 'disconnect' || fault?.kind === 'stall' ? fault.afterBytes : Infinity;
  for await (const piece of fault?.kind === 'slow' ? slowed(content, fault) : content) {
    const bytes = (piece as Buffer).subarray(0, limit - seen.sentBytes);
    if (bytes.length > 0) {
      yield bytes;
    }
    seen.sentBytes += bytes.length;
    if (seen.sentBytes < limit) {
      continue;
    }
    if (fault?.kind === 'stall') {
      await new Promise((resolve) => response.once('close', resolve));
    } else {
      // Wait until the written bytes are sent before cutting the connection.
      await sleep(5);
    }
    response.socket?.destroy();
    return;
  }
}

/** Yields a little of the content every tenth of a second. */
async function* slowed(
  content: Readable,
  { bytesPerSecond }: { readonly bytesPerSecond: number },
): AsyncGenerator<Buffer> {
  const length = Math.ceil(bytesPerSecond / 10);
  for await (const piece of content) {
    const bytes = piece as Buffer;
    for (let start = 0; start < bytes.length; start += length) {
      const part = bytes.subarray(start, start + length);
      await sleep((part.length / bytesPerSecond) * 1000);
      yield part;
    }
  }
}

/** Returns the file, with the fault applied to its content. */
async function faultyFile(
  file: MirrorFile,
  fault: Fault | undefined,
  tree: MirrorTree,
): Promise<MirrorFile> {
  switch (fault?.kind) {
    case 'replace':
      return memoryFile(fault.content);
    case 'truncate':
      return memoryFile((await contentOf(file)).subarray(0, fault.toBytes));
    case 'surround': {
      const { before = '', after = '' } = fault;
      return joined(memoryFile(before), file, memoryFile(after));
    }
    case 'concatenate': {
      const other = tree.get(fault.path);
      if (other === undefined) {
        throw new Error(`the mirror has no ${fault.path}`);
      }
      return joined(file, other);
    }
    case 'append':
      return memoryFile(Buffer.concat([await contentOf(file), Buffer.alloc(fault.bytes)]));
    case 'flip': {
      const content = Buffer.from(await contentOf(file));
      content.writeUInt8(content.readUInt8(fault.atByte) ^ 1, fault.atByte);
      return memoryFile(content);
    }
    default:
      return file;
  }
}

async function joined(...files: readonly MirrorFile[]): Promise<MirrorFile> {
  return memoryFile(Buffer.concat(await Promise.all(files.map(contentOf))));
}
