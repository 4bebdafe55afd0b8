import { type IncomingMessage, type ServerResponse } from 'node:http';

import { type MirrorFile, type MirrorFiles, NetbootError } from '@pxe/debian-netboot';

import { sourceGroup } from '../access/source-group.js';
import { withoutCredentials } from '../config/credentials.js';
import { FairTurns } from '../limits/fair-turns.js';
import { type Delivery, sendPieces, sendStatus, type Sent } from './respond.js';

/** Maximum number of files that are read from the mirror at a time: of all clients, and of one source. */
const MAX_FILES = { all: 64, source: 16 } as const;
/** Time for a file in milliseconds, besides what its size takes at the minimum speed. */
const FILE_MS = 60_000;
/** Minimum average speed of a client in bytes per millisecond: 16 KiB/s. */
const MIN_SPEED = 16.384;

/** Answers requests for files of the mirror, which are neither verified nor kept. */
export class MirrorAnswers {
  readonly #turns = new FairTurns(MAX_FILES.all);
  /** Turns of the sources that read files, or wait for one. */
  readonly #sources = new Map<string, { readonly turns: FairTurns; requests: number }>();

  /**
   * Answers GET or HEAD with a file of the mirror as it arrives. Requests beyond the limits wait for their turn.
   *
   * @param path - result of {@link archivePath}
   */
  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    files: MirrorFiles,
    path: string,
    delivery: Delivery,
  ): Promise<Sent> {
    const { address } = delivery;
    const group = sourceGroup(address);
    const source = this.#sources.get(group) ?? {
      turns: new FairTurns(MAX_FILES.source),
      requests: 0,
    };
    this.#sources.set(group, source);
    source.requests++;
    await source.turns.take(address);
    await this.#turns.take(address);
    try {
      return await pass(request, response, files, path, delivery);
    } finally {
      this.#turns.give();
      source.turns.give();
      source.requests--;
      if (source.requests === 0) {
        this.#sources.delete(group);
      }
    }
  }
}

async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  files: MirrorFiles,
  path: string,
  delivery: Delivery,
): Promise<Sent> {
  // It may have left while it waited.
  if (response.destroyed) {
    return { status: 503, bytes: 0, aborted: true };
  }
  const left = new AbortController();
  const abort = (): void => {
    left.abort();
  };
  response.once('close', abort);
  try {
    const file = await files.open(path, {
      signal: left.signal,
      ...condition('ifModifiedSince', request.headers['if-modified-since']),
      ...condition('ifNoneMatch', request.headers['if-none-match']),
    });
    try {
      return await send(request, response, file, delivery);
    } finally {
      await file[Symbol.asyncDispose]();
    }
  } catch (error) {
    if (left.signal.aborted) {
      return { status: 503, bytes: 0, aborted: true };
    }
    if (!(error instanceof NetbootError)) {
      throw error;
    }
    const isMissing = error.code === 'ERR_NETBOOT_FILE_NOT_FOUND';
    const sent = await sendStatus(request, response, isMissing ? 404 : 502);
    // The message is for the log alone: it may name hosts of another network.
    return isMissing ? sent : { ...sent, reason: withoutCredentials(error.message) };
  } finally {
    response.off('close', abort);
  }
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { isUnmodified, size, lastModified, etag, content }: MirrorFile,
  delivery: Delivery,
): Promise<Sent> {
  const validators = [
    ...(lastModified === undefined ? [] : ['Last-Modified', lastModified]),
    ...(etag === undefined ? [] : ['ETag', etag]),
  ];
  if (isUnmodified) {
    response.writeHead(304, validators);
    response.end();
    return { status: 304, bytes: 0, aborted: false };
  }
  if (size === undefined) {
    const reason = 'the mirror does not announce the size of the file';
    return { ...(await sendStatus(request, response, 502)), reason };
  }
  response.writeHead(200, [
    ...['Content-Length', String(size)],
    ...['Content-Type', 'application/octet-stream'],
    ...validators,
  ]);
  if (request.method === 'HEAD') {
    response.end();
    return { status: 200, bytes: 0, size, aborted: false };
  }
  let bytes = 0;
  const onProgress = (count: number): void => {
    bytes += count;
    delivery.onProgress(count);
  };
  // A client that hardly reads must not keep its turn.
  const timer = setTimeout(() => response.destroy(), FILE_MS + size / MIN_SPEED);
  try {
    await sendPieces(response, content, size, { ...delivery, onProgress });
    return { status: 200, bytes, size, aborted: bytes < size };
  } catch (error) {
    // The mirror failed in the middle. The client notices, since bytes are missing.
    response.destroy();
    const reason = error instanceof Error ? withoutCredentials(error.message) : String(error);
    return { status: 200, bytes, size, aborted: true, reason: `the mirror: ${reason}` };
  } finally {
    clearTimeout(timer);
  }
}

/** Returns a condition of a request that can be passed on, as a property; nothing if there is none. */
function condition<Name extends string>(
  name: Name,
  value: string | undefined,
): Partial<Record<Name, string>> {
  const isUsable = value !== undefined && /^[\x20-\x7e]{1,256}$/.test(value);
  return isUsable ? ({ [name]: value } as Record<Name, string>) : {};
}
