import { type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Dispatcher, request } from 'undici';

import { NetbootError } from '../../errors.js';
import { compactBodies } from './compact-bodies.js';
import { HttpFailure, networkFailure } from './http-failure.js';
import { isPermanent, statusFailure, tlsFailure, tunnelFailure } from './permanent-failure.js';
import { checkRedirect, type Distance } from './redirect-policy.js';

/** Retry and timeout policy of a client. */
export interface HttpPolicy {
  /** Maximum number of retries per request. */
  readonly retries: number;
  /** Pause before the first retry, in milliseconds; doubled for each further one. */
  readonly retryDelayMs: number;
  /** Timeout for the response headers, in milliseconds. */
  readonly answerTimeoutMs: number;
  /** Minimum average speed of a body, in bytes per second. */
  readonly minBytesPerSecond: number;
  /** Time over which the speed is measured, in milliseconds. */
  readonly speedWindowMs: number;
  readonly maxRedirects: number;
  /**
   * True to retry after an error such as 500, which does not suggest that a retry will succeed.
   *
   * @default true
   */
  readonly retriesServerErrors?: boolean;
}

/** Successful response: 200, 206, or 304 to a conditional request. */
export interface HttpAnswer {
  readonly status: 200 | 206 | 304;
  /** Final URL after redirects. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Must be read to its end or destroyed. */
  readonly body: Readable;
}

const USER_AGENT = 'debian-netboot';

/** Maximum wait that a server may ask for, in milliseconds. */
const MAX_RETRY_AFTER_MS = 60_000;

/** Time without a response after which a client reports that it is waiting, in milliseconds. */
const SILENCE_MS = 3000;

/** Maximum number of retries if connecting fails: another source may work. */
const CONNECTION_RETRIES = 1;

/** Statuses after which a retry should succeed: 429 Too Many Requests, 503 Service Unavailable. */
const TEMPORARY: ReadonlySet<number> = new Set([429, 503]);

/** Error codes of connections that were never established. */
const CONNECT_ERRORS: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
]);

/** Connections of a client. */
export interface ClientConnections {
  readonly direct: Dispatcher;
  /**
   * Returns the connections for redirects, which may lead only to addresses at least this far away.
   *
   * @default the direct ones
   */
  readonly redirected?: (limit: Distance) => Dispatcher;
  /**
   * Returns the distance of the farthest address that a direct connection to a host may have used.
   *
   * @default every host is public
   */
  readonly distanceOfName?: (hostname: string) => Distance;
}

/** Options of {@link HttpClient.get}. */
interface GetOptions {
  /** @default `'GET'` */
  readonly method?: 'GET' | 'HEAD';
  /** Aborts the request and its body. @default the client's own signal */
  readonly signal?: AbortSignal;
}

/** HTTP client with retries. */
export class HttpClient {
  readonly #direct: Dispatcher;
  readonly #connections: ClientConnections;
  readonly #policy: HttpPolicy;
  readonly #signal: AbortSignal;
  readonly #onWaiting: (url: URL, attempt: number) => void;
  /** Origins whose connections are kept alive. */
  readonly #keptOrigins = new Set<string>();

  /**
   * @param onWaiting - called with the URL and the number of the attempt, from 1, when a server has not
   *   answered within 3 seconds
   */
  constructor(
    connections: ClientConnections,
    policy: HttpPolicy,
    signal: AbortSignal,
    onWaiting: (url: URL, attempt: number) => void = () => undefined,
  ) {
    this.#onWaiting = onWaiting;
    this.#direct = compactBodies(connections.direct);
    this.#connections = connections;
    this.#policy = policy;
    this.#signal = signal;
  }

  get policy(): HttpPolicy {
    return this.#policy;
  }

  /**
   * Requests a file, or only its headers.
   *
   * @throws {@link HttpFailure} if there is no successful response; {@link NetbootError}
   *   `ERR_NETBOOT_FORBIDDEN_REDIRECT`; the signal's reason when aborted
   */
  async get(
    url: URL,
    headers: Readonly<Record<string, string>>,
    { method = 'GET', signal = this.#signal }: GetOptions = {},
  ): Promise<HttpAnswer> {
    for (let attempt = 0; ; attempt += 1) {
      const waiting = setTimeout(() => {
        this.#onWaiting(url, attempt + 1);
      }, SILENCE_MS);
      const outcome = await this.#follow(url, { method, headers, signal }).finally(() => {
        clearTimeout(waiting);
      });
      if (!('failure' in outcome)) {
        return outcome;
      }
      const { failure, retryAfterMs } = outcome;
      if (attempt >= this.#retriesOf(outcome)) {
        throw failure;
      }
      await this.pause(attempt, signal, retryAfterMs);
    }
  }

  #retriesOf({ failure, status }: FailedAttempt): number {
    const { retries, retriesServerErrors = true } = this.#policy;
    if (isPermanent(failure)) {
      return 0;
    }
    if (failure.code === 'ERR_NETBOOT_UNREACHABLE') {
      return Math.min(CONNECTION_RETRIES, retries);
    }
    const isServerError = status !== undefined && !TEMPORARY.has(status);
    return isServerError && !retriesServerErrors ? 0 : retries;
  }

  /** Waits before a retry, with jitter; each wait is longer than the previous one, up to the seventh. */
  async pause(attempt: number, signal: AbortSignal, atLeastMs = 0): Promise<void> {
    const delay = this.#policy.retryDelayMs * 2 ** Math.min(attempt, 6);
    const jittered = delay * (0.5 + Math.random() / 2);
    await sleep(Math.max(jittered, atLeastMs), undefined, { signal });
  }

  async #follow(start: URL, asked: AskedFile): Promise<HttpAnswer | FailedAttempt> {
    let url = start;
    let dispatcher = this.#direct;
    for (let hops = 0; hops <= this.#policy.maxRedirects; hops += 1) {
      const headers = withoutSecrets(asked.headers, start, url);
      const answer = await this.#ask(dispatcher, url, { ...asked, headers });
      if ('failure' in answer) {
        return answer;
      }
      const target = redirectTarget(answer, url);
      if (target === undefined) {
        return await outcomeOf(answer, url);
      }
      await discardBody(answer);
      const { redirected, distanceOfName } = this.#connections;
      const limit = await checkRedirect(start, url, target, distanceOfName);
      if (redirected !== undefined) {
        dispatcher = compactBodies(redirected(limit));
      }
      url = target;
    }
    return failed(start, `more than ${this.#policy.maxRedirects} redirects`);
  }

  #isKept({ origin }: URL): boolean {
    if (this.#keptOrigins.size < MAX_KEPT_ORIGINS) {
      this.#keptOrigins.add(origin);
    }
    return this.#keptOrigins.has(origin);
  }

  async #ask(
    dispatcher: Dispatcher,
    url: URL,
    { method, headers, signal }: AskedFile,
  ): Promise<RawAnswer | FailedAttempt> {
    // Interim responses (status 1xx) restart the header timeout, and must not do so forever. Parsing each one
    // takes so much time that an endless series would occupy the event loop.
    const deadline = new AbortController();
    let interimResponses = 0;
    const timer = setTimeout(() => {
      deadline.abort(new Error(`no answer within ${this.#policy.answerTimeoutMs} ms`));
    }, ANSWER_DEADLINE_FACTOR * this.#policy.answerTimeoutMs);
    try {
      const {
        statusCode,
        headers: answered,
        body,
      } = await request(url, {
        dispatcher,
        method,
        signal: AbortSignal.any([signal, deadline.signal]),
        headers: { 'user-agent': USER_AGENT, 'accept-encoding': 'identity', ...headers },
        reset: !this.#isKept(url),
        onInfo: () => {
          interimResponses += 1;
          if (interimResponses > MAX_INTERIM_RESPONSES) {
            deadline.abort(new Error(`more than ${MAX_INTERIM_RESPONSES} interim responses`));
          }
        },
        headersTimeout: this.#policy.answerTimeoutMs,
        bodyTimeout: this.#policy.speedWindowMs,
      });
      // An error in a body that nobody reads must not end the process.
      body.on('error', () => undefined);
      return { status: statusCode, url, headers: answered, body };
    } catch (error) {
      signal.throwIfAborted();
      // The dispatcher's lookup refused the address.
      if (error instanceof NetbootError) {
        throw error;
      }
      return { failure: connectionFailure(url, error) };
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * Maximum number of origins whose connections are kept alive: every redirect may lead to another origin, and
 * servers choose how long idle connections stay open.
 */
const MAX_KEPT_ORIGINS = 4;

/**
 * Time limit for the response headers, including connecting and interim responses, as a multiple of their
 * timeout.
 */
const ANSWER_DEADLINE_FACTOR = 2;

/** Maximum number of interim responses to a request; servers send one or two, if any. */
const MAX_INTERIM_RESPONSES = 16;

/** Request for a file, the same after redirects. */
interface AskedFile {
  readonly method: 'GET' | 'HEAD';
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

interface RawAnswer extends Omit<HttpAnswer, 'status'> {
  readonly status: number;
}

interface FailedAttempt {
  readonly failure: HttpFailure;
  /** Status of the response, if there was one. */
  readonly status?: number;
  readonly retryAfterMs?: number | undefined;
}

/** Returns the headers for a URL: a password is sent only to the server that it was configured for. */
function withoutSecrets(
  headers: Readonly<Record<string, string>>,
  start: URL,
  url: URL,
): Readonly<Record<string, string>> {
  if (url.origin === start.origin) {
    return headers;
  }
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization'));
}

function redirectTarget({ status, headers }: RawAnswer, url: URL): URL | undefined {
  const { location } = headers;
  if (![301, 302, 303, 307, 308].includes(status) || typeof location !== 'string') {
    return undefined;
  }
  if (!URL.canParse(location, url.href)) {
    return undefined;
  }
  const target = new URL(location, url);
  // Credentials in the URL would appear in errors, and are never sent in this form anyway.
  target.username = '';
  target.password = '';
  return target;
}

/** Maximum number of bytes of an unwanted body that are read so that its connection can be reused. */
const MAX_DISCARDED_BYTES = 64 * 1024;

/** Discards a body; a long or slow one is cut off together with its connection. */
export async function discardBody({ body }: Pick<HttpAnswer, 'body'>): Promise<void> {
  const cutOff = setTimeout(() => body.destroy(), MAX_DISCARDING_MS);
  let length = 0;
  try {
    for await (const piece of body) {
      length += (piece as Buffer).length;
      if (length > MAX_DISCARDED_BYTES) {
        break;
      }
    }
  } catch {
    // The status of the response is already known; it does not matter how its body ends.
  } finally {
    clearTimeout(cutOff);
    body.destroy();
  }
}

/** Maximum time for reading an unwanted body, in milliseconds. */
const MAX_DISCARDING_MS = 1000;

/**
 * Returns how long a server asks to wait, in milliseconds and within the limit; `undefined` if it does not.
 * Retry-After is a number of seconds, or a date (RFC 9110 §10.2.3) on the server's clock.
 */
function retryAfterMs({ headers }: RawAnswer): number | undefined {
  const text = String(headers['retry-after']);
  const served = Date.parse(String(headers['date']));
  const now = Number.isNaN(served) ? Date.now() : served;
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return wait > 0 ? Math.min(wait, MAX_RETRY_AFTER_MS) : undefined;
}

async function outcomeOf(answer: RawAnswer, url: URL): Promise<HttpAnswer | FailedAttempt> {
  const { status } = answer;
  if (status === 200 || status === 206 || status === 304) {
    return { ...answer, status };
  }
  await discardBody(answer);
  const refusal = statusFailure(url, status);
  if (refusal !== undefined) {
    return { failure: refusal };
  }
  return {
    ...failed(url, `status ${status}`),
    status,
    retryAfterMs: retryAfterMs(answer),
  };
}

function connectionFailure(url: URL, cause: unknown): HttpFailure {
  const code = errorCode(cause);
  if (code !== undefined && CONNECT_ERRORS.has(code)) {
    return new HttpFailure('ERR_NETBOOT_UNREACHABLE', `cannot connect to ${url.host} (${code})`, {
      hint: "check the mirror's address, the network, and the proxy settings",
      cause,
    });
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return (
    tunnelFailure(url, why, cause) ??
    tlsFailure(url, why, code, cause) ??
    networkFailure(url, why, cause)
  );
}

function failed(url: URL, why: string, cause?: unknown): FailedAttempt {
  return { failure: networkFailure(url, why, cause) };
}

/** Returns the code of an error, or of the first error inside an aggregate. */
function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) {
    return undefined;
  }
  if (error instanceof AggregateError) {
    return errorCode(error.errors[0]);
  }
  if ('code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return errorCode(error.cause);
}
