import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { extname } from 'node:path/posix';

import fresh from 'fresh';

import { NetbootError } from '@pxe/debian-netboot/catalog';

import {
  type BlobCache,
  type BlobReader,
  CHUNK_BYTES,
  type PinnedBytes,
} from '../content/blob-cache.js';
import { type BlobContent, type Content, type MemoryContent } from '../content/content.js';
import { type LoopTurns } from '../limits/fair-turns.js';
import { type KernelMemory, WATCHED_PIECE_BYTES } from '../limits/kernel-memory.js';
import { matchesVersion, requestedRange } from './requested-range.js';

/** Result of a response, for the log. */
export interface Sent {
  readonly status: number;
  /** Body bytes that the kernel accepted, counted in whole pieces. */
  readonly bytes: number;
  /** Size of the whole file in bytes; undefined if the response is not about a file. */
  readonly size?: number;
  /** True if the client did not get the whole response. */
  readonly aborted: boolean;
  /**
   * Explanation of an error status (why a file was refused, or which file the client probably meant), or of a
   * response that this side ended early.
   */
  readonly reason?: string | undefined;
  /** Releases the file. Called after logging, since it takes a moment. */
  readonly free?: () => Promise<void>;
}

/**
 * Maximum size of a write to a client that has accepted less than {@link PROVEN_BYTES}, or is no longer fast,
 * in bytes: small enough for {@link Sent.bytes} to be accurate when a client leaves.
 */
const MAX_PIECE_BYTES = 256 * 1024;
/**
 * Maximum size of a write to a client that has accepted {@link PROVEN_BYTES} and is still fast, in bytes: a whole
 * chunk, since each piece has a cost of its own.
 */
const MAX_PROVEN_PIECE_BYTES = CHUNK_BYTES;
/**
 * Number of bytes after which the measured speed is that of the client rather than of the kernel's buffers,
 * which hold up to a few megabytes at each end.
 */
const PROVEN_BYTES = 4 * 1024 * 1024;
/** Minimum size of a write in bytes: small enough for slow clients to show that they still read. */
const MIN_PIECE_BYTES = 8 * 1024;
const FIRST_PIECE_BYTES = 64 * 1024;
/** Time in milliseconds; a piece accepted sooner is followed by a larger one. */
const SOON_MS = 100;
/** Time in milliseconds; a piece accepted later is followed by a smaller one. */
const LATE_MS = 500;

/** Media types by suffix. UEFI firmware recognises boot images by this type or by their suffix. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.efi': 'application/efi',
  '.png': 'image/png',
};

/** Settings and callbacks of a delivery. */
export interface Delivery {
  /** Maximum size of a piece copied because its chunk cannot be shared, in bytes. */
  readonly copyBytes: number;
  /** Plain address of the client. */
  readonly address: string;
  /** Turns in which pieces are written. */
  readonly turns: LoopTurns;
  /** Budget of kernel memory for unread data; undefined if it is not limited. */
  readonly kernelMemory?: KernelMemory | undefined;
  /** Called when a piece is ready for the client, or is waiting for kernel memory. */
  readonly onOffer: () => void;
  /**
   * Called with the size of each piece that the connection accepted, and with 0 after a wait for kernel
   * memory.
   */
  readonly onProgress: (bytes: number) => void;
}

/**
 * Answers with a short text. Header names keep this exact case on the wire, which GRUB requires, and
 * `Content-Length` comes first, since shim searches only the first header lines.
 *
 * @param reason - explanation for the text and the log
 */
export async function sendStatus(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: readonly string[] = [],
  reason?: string,
): Promise<Sent> {
  const line = `${status} ${STATUS_CODES[status] ?? ''}\n`;
  const body = Buffer.from(reason === undefined ? line : `${line}${reason}\n`);
  response.writeHead(status, [
    ...['Content-Length', String(body.byteLength)],
    ...['Content-Type', 'text/plain; charset=utf-8'],
    ...headers,
  ]);
  return { ...(await sendBody(request, response, status, body)), reason };
}

/**
 * Answers GET or HEAD with a file; resolves when the last byte is written or the client has disconnected.
 */
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
  return sendText(request, response, content);
}

/**
 * Answers GET or HEAD with text from memory.
 *
 * @param headers - further header fields: names and values in turn
 */
export async function sendText(
  request: IncomingMessage,
  response: ServerResponse,
  { bytes, mediaType }: MemoryContent,
  headers: readonly string[] = [],
): Promise<Sent> {
  response.writeHead(200, [
    ...['Content-Length', String(bytes.byteLength)],
    ...['Content-Type', mediaType],
    ...['Cache-Control', 'no-store'],
    ...headers,
  ]);
  return { ...(await sendBody(request, response, 200, bytes)), size: bytes.byteLength };
}

/** Answers GET with the body, and HEAD without it. */
async function sendBody(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: Uint8Array,
): Promise<Sent> {
  const { method } = request;
  releaseHead(request);
  const isTaken = method === 'HEAD' || (await new PieceWriter(response).write(body));
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
    return { status: 304, bytes: 0, size, aborted: false };
  }
  const range = request.method === 'GET' ? requestedRange(request.headers, etag, size) : undefined;
  if (range === 'unsatisfiable') {
    return sendStatus(request, response, 416, ['Content-Range', `bytes */${size}`]);
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const status = range === undefined ? 200 : 206;
  // Opened before the status line is sent, since an unreadable file must not look like a success.
  const reader = await cache.open(sha256, size, delivery.address);
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
      return { status, bytes: 0, size, aborted: false, free };
    }
    releaseHead(request);
    const { bytes, failure } = await sendBytes(response, reader, start, end + 1, delivery);
    return { status, bytes, size, aborted: bytes < end + 1 - start, reason: failure, free };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

/** Part of a file that was sent. */
interface SentBytes {
  /** Number of bytes that the connection accepted. */
  readonly bytes: number;
  /** Reason why the store could not read the rest, for which the connection was ended. */
  readonly failure?: string;
}

/**
 * Writes the bytes from `from` up to, but not including, `to`. Bytes are sent from shared chunks with one piece in flight, or as small copies while stalled clients hold
 * all the chunks that they are allowed. Sources take turns, so that thousands of connections from a few of them do not
 * delay the others.
 */
async function sendBytes(
  response: ServerResponse,
  reader: BlobReader,
  from: number,
  to: number,
  delivery: Delivery,
): Promise<SentBytes> {
  const { copyBytes, kernelMemory, onOffer, onProgress } = delivery;
  const writer = new PieceWriter(response);
  let at = from;
  let pieceBytes = FIRST_PIECE_BYTES;
  const maxPieceBytes = kernelMemory === undefined ? Infinity : WATCHED_PIECE_BYTES;
  let copy: Buffer | undefined;
  while (at < to) {
    await takeTurn(delivery);
    let pinned: PinnedBytes | undefined;
    let piece: Uint8Array;
    try {
      pinned = await reader.pin(at, Math.min(pieceBytes, to - at));
      if (pinned === undefined) {
        copy ??= Buffer.allocUnsafeSlow(copyBytes);
        const target = copy.subarray(0, Math.min(copyBytes, to - at));
        piece = target.subarray(0, await reader.readInto(target, at));
      } else {
        piece = pinned.bytes;
      }
    } catch (error) {
      if (!(error instanceof NetbootError)) {
        throw error;
      }
      // The client recognises the incomplete response by its length.
      response.destroy();
      return { bytes: at - from, failure: error.message };
    }
    const offeredAt = performance.now();
    onOffer();
    const isTaken = await writer.write(piece);
    pinned?.release();
    if (!isTaken) {
      break;
    }
    at += piece.byteLength;
    onProgress(piece.byteLength);
    const tookMs = performance.now() - offeredAt;
    pieceBytes = Math.min(maxPieceBytes, nextPieceBytes(pieceBytes, tookMs, at - from));
  }
  response.end();
  return { bytes: at - from };
}

/**
 * Writes the pieces of a file as they arrive, and ends the response. Returns early if the client has
 * disconnected.
 *
 * @param size - announced size in bytes; further bytes are not sent
 * @throws any error from `pieces`
 */
export async function sendPieces(
  response: ServerResponse,
  pieces: AsyncIterable<Uint8Array>,
  size: number,
  delivery: Delivery,
): Promise<void> {
  const writer = new PieceWriter(response);
  let left = size;
  for await (const piece of pieces) {
    await takeTurn(delivery);
    const bytes = piece.subarray(0, left);
    delivery.onOffer();
    if (!(await writer.write(bytes))) {
      return;
    }
    left -= bytes.byteLength;
    delivery.onProgress(bytes.byteLength);
  }
  response.end();
}

/** Waits until a piece may be written; returns undefined if there is no need to wait. */
function takeTurn(delivery: Delivery): Promise<void> | undefined {
  const { address, turns, kernelMemory } = delivery;
  return kernelMemory === undefined ? turns.take(address) : takeMemory(delivery, kernelMemory);
}

async function takeMemory(
  { address, turns, onOffer, onProgress }: Delivery,
  kernelMemory: KernelMemory,
): Promise<void> {
  // Offers the piece early: a client whose unread data fills the kernel's buffers must count as stalled although
  // nothing more is written to it.
  onOffer();
  await kernelMemory.take(address);
  onProgress(0);
  await turns.take(address);
}

/**
 * Returns the size of the next piece, in bytes.
 *
 * @param bytes - size of the last piece
 * @param tookMs - time that the client took to accept it
 * @param sentBytes - number of bytes that the client has accepted so far
 */
function nextPieceBytes(bytes: number, tookMs: number, sentBytes: number): number {
  if (tookMs < SOON_MS) {
    const maxBytes = sentBytes < PROVEN_BYTES ? MAX_PIECE_BYTES : MAX_PROVEN_PIECE_BYTES;
    return Math.min(maxBytes, bytes * 2);
  }
  return tookMs > LATE_MS ? Math.max(MIN_PIECE_BYTES, Math.min(MAX_PIECE_BYTES, bytes / 2)) : bytes;
}

/** Writes the body of a response, one piece at a time. */
class PieceWriter {
  readonly #response: ServerResponse;
  #settle: (isTaken: boolean) => void = () => undefined;
  readonly #onWritten = (error: Error | null | undefined): void => {
    this.#settle(error === undefined || error === null);
  };

  constructor(response: ServerResponse) {
    this.#response = response;
    // Boot clients often leave in the middle of a file, so this is not an error.
    response.once('close', () => {
      this.#settle(false);
    });
  }

  /**
   * Resolves with true when the kernel has accepted the bytes, and with false if the client has disconnected.
   */
  async write(bytes: Uint8Array): Promise<boolean> {
    if (this.#response.destroyed) {
      return false;
    }
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#response.write(bytes, this.#onWritten);
    });
  }
}

/**
 * Frees the head of a request whose response is in progress. Otherwise, up to 8 KiB of text and all its
 * strings would stay in memory for as long as the client takes to read the response.
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
