import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import fresh from 'fresh';
import parseRange from 'range-parser';

import type { BlobReader, ChunkCache } from '../content/chunk-cache.js';
import type { BlobContent, Content } from '../content/content.js';
import { mediaTypeOf } from './media-type.js';

/** What went out: for the log. */
export interface Sent {
  readonly status: number;
  /** Body bytes handed to the connection. */
  readonly bytes: number;
}

/**
 * Answers with a small text. Header names keep this exact case on the wire, which GRUB needs, and
 * `Content-Length` comes first, since shim looks for it in the first header lines.
 */
export function sendStatus(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: readonly string[] = [],
): Sent {
  const body = Buffer.from(`${status} ${STATUS_CODES[status] ?? ''}\n`);
  response.writeHead(status, [
    ...['Content-Length', String(body.byteLength)],
    ...['Content-Type', 'text/plain; charset=utf-8'],
    ...headers,
  ]);
  response.end(request.method === 'HEAD' ? undefined : body);
  return { status, bytes: request.method === 'HEAD' ? 0 : body.byteLength };
}

/** Answers GET or HEAD with a file; resolves when its last byte is written or the client left. */
export async function sendContent(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  content: Content,
  cache: ChunkCache,
): Promise<Sent> {
  if (content.kind === 'blob') return sendBlob(request, response, path, content, cache);
  response.writeHead(200, [
    ...['Content-Length', String(content.bytes.byteLength)],
    ...['Content-Type', content.mediaType],
    ...['Cache-Control', 'no-store'],
  ]);
  response.end(request.method === 'HEAD' ? undefined : content.bytes);
  return { status: 200, bytes: request.method === 'HEAD' ? 0 : content.bytes.byteLength };
}

async function sendBlob(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  { sha256, size }: BlobContent,
  cache: ChunkCache,
): Promise<Sent> {
  const etag = `"${sha256}"`;
  const validators = ['ETag', etag, 'Accept-Ranges', 'bytes'];
  if (!matches(request.headers['if-match'], etag)) {
    return sendStatus(request, response, 412, validators);
  }
  if (fresh(request.headers, { etag })) {
    response.writeHead(304, validators);
    response.end();
    return { status: 304, bytes: 0 };
  }
  const range = requestedRange(request, etag, size);
  if (range === 'unsatisfiable') {
    return sendStatus(request, response, 416, ['Content-Range', `bytes */${size}`]);
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const status = range === undefined ? 200 : 206;
  // Opened before the status line goes out: a file that cannot be read must not look like one.
  const reader = await cache.open(sha256, size);
  try {
    response.writeHead(status, [
      ...['Content-Length', String(end - start + 1)],
      ...['Content-Type', mediaTypeOf(path)],
      ...validators,
      ...(range === undefined ? [] : ['Content-Range', `bytes ${start}-${end}/${size}`]),
    ]);
    if (request.method === 'HEAD') {
      response.end();
      return { status, bytes: 0 };
    }
    return { status, bytes: await sendBytes(response, reader, start, end + 1) };
  } finally {
    await reader.close();
  }
}

/** True unless an If-Match header names other versions only. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined || header.trim() === '*') return true;
  return header.split(',').some((candidate) => candidate.trim() === etag);
}

/**
 * The one range to send; undefined sends the whole file, which is always allowed: no range was
 * asked for, several were, or the client's part is of another version (If-Range).
 */
function requestedRange(
  request: IncomingMessage,
  etag: string,
  size: number,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const { range, 'if-range': ifRange } = request.headers;
  if (range === undefined || request.method !== 'GET') return undefined;
  if (ifRange !== undefined && ifRange !== etag) return undefined;
  // A suffix longer than the file means all of it (RFC 9110, section 14.1.2).
  const suffix = /^bytes=-(\d+)$/.exec(range)?.[1];
  if (suffix !== undefined && Number(suffix) > size && size > 0) return { start: 0, end: size - 1 };
  const ranges = parseRange(size, range);
  if (ranges === -1) return 'unsatisfiable';
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return undefined;
  return ranges[0];
}

/** Writes bytes `from` to `to` as the connection takes them; returns how many it took. */
async function sendBytes(
  response: ServerResponse,
  reader: BlobReader,
  from: number,
  to: number,
): Promise<number> {
  let at = from;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    while (at < to) {
      const piece = await reader.slice(at, to - at);
      yield piece;
      at += piece.byteLength;
    }
  }
  try {
    // One piece in flight: memory per client is bounded by the chunk that it shares.
    await pipeline(Readable.from(pieces(), { highWaterMark: 1 }), response);
  } catch (error) {
    if (!isClientGone(error)) throw error;
  }
  return at - from;
}

/** Boot clients leave in the middle of a file as a matter of course. */
function isClientGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE';
}
