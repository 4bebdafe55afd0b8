import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { extname } from 'node:path/posix';

import fresh from 'fresh';

import { type BlobCache, type BlobReader } from '../content/blob-cache.js';
import { type BlobContent, type Content } from '../content/content.js';
import { type FairTurns } from '../limits/fair-turns.js';
import { matchesVersion, requestedRange } from './requested-range.js';

/** What went out: for the log. */
export interface Sent {
  readonly status: number;
  /** Body bytes that the kernel took, counted in the pieces that they were written in. */
  readonly bytes: number;
  /** The client left before it had all of them. */
  readonly aborted: boolean;
  /** Why a file that is there was not sent. */
  readonly reason?: string | undefined;
  /** Frees what the answer was made from: to be called once it is logged, for it takes a moment. */
  readonly free?: () => Promise<void>;
}

/** The largest write: small enough that `bytes` is close to the truth when a client leaves. */
const MAX_PIECE_BYTES = 256 * 1024;
/** The smallest, for clients that are slow: that they take it shows that they still read. */
const MIN_PIECE_BYTES = 8 * 1024;
const FIRST_PIECE_BYTES = 64 * 1024;
/** A piece that was taken sooner, in milliseconds, is followed by a larger one. */
const SOON_MS = 100;
/** One that was taken later is followed by a smaller one. */
const LATE_MS = 500;

/** UEFI firmware takes a file for a boot image by this type or by its suffix. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.efi': 'application/efi',
  '.png': 'image/png',
};

/** How the bytes of files go out. */
export interface Delivery {
  /** Largest piece that is copied because the chunk cannot be shared any longer, in bytes. */
  readonly copyBytes: number;
  /** Whom the client counts as: an IPv4 address or an IPv6 /64. */
  readonly source: string;
  /** Turns at writing pieces; each is given back when the event loop has come round. */
  readonly turns: FairTurns;
  /** Called when a piece is ready for the client to take. */
  readonly onOffer: () => void;
  /** Called with the bytes of each piece that the client's connection has taken. */
  readonly onProgress: (bytes: number) => void;
}

/**
 * Answers with a small text. Header names keep this exact case on the wire, which GRUB needs, and
 * `Content-Length` comes first, since shim looks for it in the first header lines.
 */
export async function sendStatus(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: readonly string[] = [],
): Promise<Sent> {
  const body = Buffer.from(`${status} ${STATUS_CODES[status] ?? ''}\n`);
  response.writeHead(status, [
    ...['Content-Length', String(body.byteLength)],
    ...['Content-Type', 'text/plain; charset=utf-8'],
    ...headers,
  ]);
  return sendBody(request, response, status, body);
}

/** Answers GET or HEAD with a file; resolves when its last byte is written or the client left. */
export async function sendContent(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  content: Content,
  cache: BlobCache,
  delivery: Delivery,
): Promise<Sent> {
  if (content.kind === 'blob') {
    return sendBlob(request, response, path, content, cache, delivery);
  }
  response.writeHead(200, [
    ...['Content-Length', String(content.bytes.byteLength)],
    ...['Content-Type', content.mediaType],
    ...['Cache-Control', 'no-store'],
  ]);
  return sendBody(request, response, 200, content.bytes);
}

/** Answers GET with the bytes and HEAD with none. */
async function sendBody(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: Uint8Array,
): Promise<Sent> {
  const { method } = request;
  releaseHead(request);
  const isTaken = method === 'HEAD' || (await write(response, body));
  response.end();
  return { status, bytes: method === 'HEAD' || !isTaken ? 0 : body.byteLength, aborted: !isTaken };
}

async function sendBlob(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  { sha256, size, lastModified }: BlobContent,
  cache: BlobCache,
  delivery: Delivery,
): Promise<Sent> {
  const etag = `"${sha256}"`;
  const date = new Date(lastModified).toUTCString();
  const validators = ['ETag', etag, 'Last-Modified', date, 'Accept-Ranges', 'bytes'];
  if (!matchesVersion(request.headers['if-match'], etag)) {
    return sendStatus(request, response, 412, validators);
  }
  if (fresh(request.headers, { etag, 'last-modified': date })) {
    response.writeHead(304, validators);
    response.end();
    return { status: 304, bytes: 0, aborted: false };
  }
  const range = request.method === 'GET' ? requestedRange(request.headers, etag, size) : undefined;
  if (range === 'unsatisfiable') {
    return sendStatus(request, response, 416, ['Content-Range', `bytes */${size}`]);
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const status = range === undefined ? 200 : 206;
  // Opened before the status line goes out: a file that cannot be read must not look like one.
  const reader = await cache.open(sha256, size, delivery.source);
  try {
    response.writeHead(status, [
      ...['Content-Length', String(end - start + 1)],
      ...['Content-Type', mediaTypeOf(path)],
      ...validators,
      ...(range === undefined ? [] : ['Content-Range', `bytes ${start}-${end}/${size}`]),
    ]);
    const free = (): Promise<void> => reader.close();
    if (request.method === 'HEAD') {
      response.end();
      return { status, bytes: 0, aborted: false, free };
    }
    releaseHead(request);
    const bytes = await sendBytes(response, reader, start, end + 1, delivery);
    return { status, bytes, aborted: bytes < end + 1 - start, free };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

/**
 * Writes bytes `from` to `to` as the connection takes them; returns how many it took. Bytes go out of
 * the shared chunk, with one piece in flight; small copies go out while clients that stopped reading
 * keep as many chunks in memory as they may. Sources take turns with their pieces, so that thousands of
 * connections of a few of them do not keep the others waiting.
 */
async function sendBytes(
  response: ServerResponse,
  reader: BlobReader,
  from: number,
  to: number,
  { copyBytes, source, turns, onOffer, onProgress }: Delivery,
): Promise<number> {
  let at = from;
  let pieceBytes = FIRST_PIECE_BYTES;
  let copy: Buffer | undefined;
  while (at < to) {
    await turns.take(source);
    setImmediate(() => {
      turns.give();
    });
    const pinned = await reader.pin(at, Math.min(pieceBytes, to - at));
    let piece: Uint8Array;
    if (pinned === undefined) {
      copy ??= Buffer.allocUnsafeSlow(copyBytes);
      const target = copy.subarray(0, Math.min(copyBytes, to - at));
      piece = target.subarray(0, await reader.readInto(target, at));
    } else {
      piece = pinned.bytes;
    }
    const offeredAt = performance.now();
    onOffer();
    const isTaken = await write(response, piece);
    pinned?.release();
    if (!isTaken) {
      break;
    }
    at += piece.byteLength;
    onProgress(piece.byteLength);
    pieceBytes = nextPieceBytes(pieceBytes, performance.now() - offeredAt);
  }
  response.end();
  return at - from;
}

/** Bytes of the next piece, after one that the client took in so many milliseconds. */
function nextPieceBytes(bytes: number, tookMs: number): number {
  if (tookMs < SOON_MS) {
    return Math.min(MAX_PIECE_BYTES, bytes * 2);
  }
  return tookMs > LATE_MS ? Math.max(MIN_PIECE_BYTES, bytes / 2) : bytes;
}

/** Resolves with true when the kernel has taken the bytes, with false when the client has left. */
async function write(response: ServerResponse, bytes: Uint8Array): Promise<boolean> {
  // Boot clients leave in the middle of a file as a matter of course: that is no error.
  if (response.destroyed) {
    return false;
  }
  return new Promise((resolve) => {
    const onClose = (): void => {
      resolve(false);
    };
    response.once('close', onClose);
    response.write(bytes, (error) => {
      response.off('close', onClose);
      resolve(error === undefined || error === null);
    });
  });
}

/**
 * Frees the head of a request whose answer is under way: up to 8 KiB of text and all its strings, for as
 * long as the client takes to read the answer.
 */
function releaseHead(request: IncomingMessage): void {
  request.rawHeaders = [];
  request.headers = {};
  request.headersDistinct = {};
  request.url = '';
}

function mediaTypeOf(path: string): string {
  return MEDIA_TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream';
}
