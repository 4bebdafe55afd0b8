import { type IncomingMessage, type ServerResponse } from 'node:http';

import { type MirrorFile, type MirrorFiles, NetbootError } from '@pxe/debian-netboot';

import { sourceGroup } from '../access/source-group.js';
import { withoutCredentials } from '../config/credentials.js';
import { SharedPlaces } from '../limits/shared-places.js';
import { ClientPace } from './client-pace.js';
import { type Delivery, sendPieces, sendStatus, type Sent } from './respond.js';

/**
 * Number of files that are read from the mirror concurrently, and the fraction of the free places that one
 * source may take.
 */
const OF_ALL = { places: 64, fraction: 1 / 8 } as const;
/**
 * Number of files for one source, and the fraction of its free places that one address may take.
 */
const OF_SOURCE = { places: 16, fraction: 1 / 2 } as const;
/** Minimum speed of a client while bytes wait for it, in bytes per millisecond: 16 KiB/s. */
const MIN_SPEED = 16.384;

/** Explanation for a client if the mirror is off. */
export const MIRROR_OFF = 'http.mirror is off';

/** Answers requests for files of the mirror; these are neither verified nor stored. */
export class MirrorAnswers {
  readonly #places = new SharedPlaces(OF_ALL.places, OF_ALL.fraction);
  /** Places of the sources that read files, or wait for one. */
  readonly #sources = new Map<string, SharedPlaces>();
  readonly #mirror: () => MirrorFiles | undefined;
  readonly #paceMs: number;

  /**
   * @param mirror - returns the files of the mirror in force; undefined if there are none
   * @param paceMs - time over which the speed of a client is measured, in milliseconds
   */
  constructor(mirror: () => MirrorFiles | undefined, paceMs: number) {
    this.#mirror = mirror;
    this.#paceMs = paceMs;
  }

  /**
   * Answers GET or HEAD with a file of the mirror as it arrives. Requests beyond the limits wait for their turn.
   *
   * @param path - result of {@link archivePath}
   */
  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    delivery: Delivery,
  ): Promise<Sent> {
    const { address } = delivery;
    const group = sourceGroup(address);
    const source =
      this.#sources.get(group) ?? new SharedPlaces(OF_SOURCE.places, OF_SOURCE.fraction);
    this.#sources.set(group, source);
    await source.take(address);
    await this.#places.take(group);
    try {
      return await this.#pass(request, response, path, delivery);
    } finally {
      this.#places.give(group);
      source.give(address);
      if (source.isUnused) {
        this.#sources.delete(group);
      }
    }
  }

  async #pass(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    delivery: Delivery,
  ): Promise<Sent> {
    // The client may have left while its request waited.
    if (response.destroyed) {
      return { status: 503, bytes: 0, aborted: true };
    }
    // Looked up only now, since a reload may have replaced the mirror and closed the previous one.
    const files = this.#mirror();
    if (files === undefined) {
      return sendStatus(request, response, 404, [], MIRROR_OFF);
    }
    const left = new AbortController();
    const abort = (): void => {
      left.abort();
    };
    response.once('close', abort);
    try {
      const file = await files.open(path, {
        signal: left.signal,
        isHead: request.method === 'HEAD',
        ...condition('ifModifiedSince', request.headers['if-modified-since']),
        ...condition('ifNoneMatch', request.headers['if-none-match']),
      });
      try {
        return await send(request, response, file, delivery, this.#paceMs);
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
      // The message is only for the log, since it may name hosts in another network.
      return isMissing ? sent : { ...sent, reason: withoutCredentials(error.message) };
    } finally {
      response.off('close', abort);
    }
  }
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { isUnmodified, size, lastModified, etag, content }: MirrorFile,
  delivery: Delivery,
  paceMs: number,
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
  const isHead = request.method === 'HEAD';
  // A server may omit the size for HEAD (RFC 9110 §8.6).
  if (size === undefined && !isHead) {
    const reason = 'the mirror does not announce the size of the file';
    return { ...(await sendStatus(request, response, 502)), reason };
  }
  response.writeHead(200, [
    ...(size === undefined ? [] : ['Content-Length', String(size)]),
    ...['Content-Type', 'application/octet-stream'],
    ...validators,
  ]);
  if (size === undefined || isHead) {
    response.end();
    return { status: 200, bytes: 0, ...(size !== undefined && { size }), aborted: false };
  }
  const pace = new ClientPace();
  const paced: Delivery = {
    ...delivery,
    onOffer() {
      pace.offered();
      delivery.onOffer();
    },
    onProgress(count) {
      pace.progressed(count);
      delivery.onProgress(count);
    },
  };
  const tooSlow = new AbortController();
  // A client that hardly reads must not keep its place.
  const timer = setInterval(() => {
    if (pace.restart(paceMs / 2) < MIN_SPEED) {
      tooSlow.abort();
      response.destroy();
    }
  }, paceMs);
  try {
    await sendPieces(response, content, size, paced);
    const { bytes } = pace;
    const reason = tooSlow.signal.aborted ? 'the client reads too slowly' : undefined;
    return { status: 200, bytes, size, aborted: bytes < size, reason };
  } catch (error) {
    // The mirror failed midway. The client notices that bytes are missing.
    response.destroy();
    const reason = error instanceof Error ? withoutCredentials(error.message) : String(error);
    return { status: 200, bytes: pace.bytes, size, aborted: true, reason: `the mirror: ${reason}` };
  } finally {
    clearInterval(timer);
  }
}

/** Returns a request's condition as a property if it can be passed on; otherwise an empty object. */
function condition<Name extends string>(
  name: Name,
  value: string | undefined,
): Partial<Record<Name, string>> {
  const isUsable = value !== undefined && /^[\x20-\x7e]{1,256}$/.test(value);
  return isUsable ? ({ [name]: value } as Record<Name, string>) : {};
}
