import { type IncomingMessage, request } from 'node:http';

import { DOCTOR_USER_AGENT } from '../log/doctor-requests.js';

/** Response from an HTTP server, with as much of its body as was requested. */
export interface HttpRead {
  readonly status: number;
  /** Value of Content-Length; undefined if it is missing. */
  readonly length: number | undefined;
  readonly location: string | undefined;
  /** Time in the Date header; undefined if it is missing or not a time. */
  readonly date: Date | undefined;
  readonly bytes: Buffer;
  /** Number of body bytes received; `bytes` may contain only the first of them. */
  readonly received: number;
  readonly ms: number;
}

/** Result of an HTTP request. */
export type HttpResult =
  | { readonly ok: true; readonly read: HttpRead }
  | {
      readonly ok: false;
      /**
       * System error code, `timeout` if the server was silent, `slow` if the time limit ended the request, or
       * `incomplete` if the body ended early.
       */
      readonly reason: string;
      readonly received: number;
      readonly ms: number;
    };

/** Options of {@link readByHttp}. */
export interface HttpReadOptions {
  /** Method of the request. @default 'GET' */
  readonly method?: 'GET' | 'HEAD';
  /** Value of the Range header, as in `bytes=0-99`. @default none */
  readonly range?: string;
  /** Maximum number of bytes to read, after which the connection is closed. @default the whole body */
  readonly atMost?: number;
  /** Time limit for the whole request, in milliseconds. @default 60000 */
  readonly limitMs?: number;
}

/** Time without progress after which a server is considered silent, in milliseconds. */
const SILENCE_MS = 6_000;

/**
 * Time limit for a request, in milliseconds: a server that keeps sending single bytes is never considered
 * silent. At 700 kB/s, an initrd of 40 MB takes that long.
 */
const LIMIT_MS = 60_000;

/**
 * Maximum number of interim responses (status 1xx): an endless series of them would occupy the event loop.
 */
const MAX_INTERIM_RESPONSES = 16;

/** Approximate number of body bytes kept; every boot loader is smaller. */
const KEPT_BYTES = 16 * 1024 * 1024;

/** Sends a request in the way that boot loaders do: no redirects, no compression. */
export async function readByHttp(
  url: string,
  { method = 'GET', range, atMost = Infinity, limitMs = LIMIT_MS }: HttpReadOptions,
  signal: AbortSignal,
): Promise<HttpResult> {
  const start = performance.now();
  let received = 0;
  const overtime = new Error(`not complete after ${limitMs} ms`);
  // Not AbortSignal.timeout() within AbortSignal.any(), since Node 20 may garbage-collect the timeout before
  // it fires.
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort(overtime);
  }, limitMs);
  const stop = (): void => {
    limit.abort(signal.reason);
  };
  signal.addEventListener('abort', stop);
  try {
    signal.throwIfAborted();
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = {
        'User-Agent': DOCTOR_USER_AGENT,
        ...(range === undefined ? {} : { Range: range }),
      };
      const sent = request(url, {
        ...{ method, headers, agent: false },
        ...{ signal: limit.signal, timeout: SILENCE_MS },
      });
      let interimResponses = 0;
      sent.on('information', () => {
        interimResponses += 1;
        if (interimResponses > MAX_INTERIM_RESPONSES) {
          sent.destroy(new SilenceError());
        }
      });
      sent.once('response', resolve);
      sent.once('error', reject);
      sent.once('timeout', () => {
        sent.destroy(new SilenceError());
      });
      sent.end();
    });
    const pieces: Buffer[] = [];
    for await (const piece of response as AsyncIterable<Buffer>) {
      if (received < KEPT_BYTES) {
        pieces.push(piece);
      }
      received += piece.length;
      if (received >= atMost) {
        break;
      }
    }
    const { 'content-length': length, location, date } = response.headers;
    return {
      ok: true,
      read: {
        status: response.statusCode ?? 0,
        length: length === undefined ? undefined : Number(length),
        location,
        date: dateOf(date),
        bytes: Buffer.concat(pieces),
        received,
        ms: performance.now() - start,
      },
    };
  } catch (error) {
    signal.throwIfAborted();
    return {
      ok: false,
      reason: limit.signal.reason === overtime ? 'slow' : reasonOf(error),
      received,
      ms: performance.now() - start,
    };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** Returns the time in a Date header; undefined if it is missing or not a time. */
function dateOf(text: string | undefined): Date | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : new Date(time);
}

/** Thrown when a server sends nothing for {@link SILENCE_MS}, or nothing but interim responses. */
class SilenceError extends Error {
  override readonly name = 'SilenceError';
}

function reasonOf(error: unknown): string {
  if (error instanceof SilenceError) {
    return 'timeout';
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  // The server closed the connection in the middle of the body.
  return code === 'ECONNRESET' ? 'incomplete' : code;
}
