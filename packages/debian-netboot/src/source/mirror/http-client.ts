import { type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvHttpProxyAgent, request, type Dispatcher } from 'undici';
import { NetbootError } from '../../errors.js';
import { checkRedirect } from './redirect-policy.js';

/** How patient a client is. */
export interface HttpPolicy {
  /** So many times a failed request is tried again. */
  readonly retries: number;
  /** The pause before the first of these, in milliseconds; it doubles from one to the next. */
  readonly retryDelayMs: number;
  /** The answer has to begin within this time, in milliseconds. */
  readonly answerTimeoutMs: number;
  /** While a file arrives, at least so many bytes a second have to come, on the average... */
  readonly minBytesPerSecond: number;
  /** ...of this time, in milliseconds. */
  readonly speedWindowMs: number;
  readonly maxRedirects: number;
}

/** A successful answer: 200, 206, or 304 to a conditional request. */
export interface HttpAnswer {
  readonly status: 200 | 206 | 304;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Has to be read to its end, or destroyed. */
  readonly body: Readable;
}

/** Why a request led to no answer. */
export class HttpFailure extends NetbootError {
  /** Whether the file is not there, rather than the server out of order. */
  readonly isMissing: boolean;

  constructor(
    code: 'ERR_NETBOOT_NETWORK' | 'ERR_NETBOOT_UNREACHABLE' | 'ERR_NETBOOT_FILE_NOT_FOUND',
    message: string,
    options: { readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super(code, message, options);
    this.isMissing = code === 'ERR_NETBOOT_FILE_NOT_FOUND';
  }
}

const USER_AGENT = 'debian-netboot';

/** The longest time that a server may tell us to wait. */
const MAX_RETRY_AFTER_MS = 60_000;

/** A connection that cannot be made is tried again this often only: another source may do. */
const CONNECTION_RETRIES = 1;

/** The failures of a connection that was never made. */
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

/** Asks web servers for files, and tries again where that may help. */
export class HttpClient {
  readonly #dispatcher: Dispatcher;
  readonly #policy: HttpPolicy;
  readonly #signal: AbortSignal;

  constructor(dispatcher: Dispatcher, policy: HttpPolicy, signal: AbortSignal) {
    this.#dispatcher = dispatcher;
    this.#policy = policy;
    this.#signal = signal;
  }

  get policy(): HttpPolicy {
    return this.#policy;
  }

  /**
   * Asks for a file.
   *
   * @throws HttpFailure when there is no answer, or none that helps; NetbootError
   *   `ERR_NETBOOT_FORBIDDEN_REDIRECT`; the signal's reason when aborted
   */
  async get(
    url: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal = this.#signal,
  ): Promise<HttpAnswer> {
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await this.#follow(url, headers, signal);
      if (!('failure' in outcome)) return outcome;
      const { failure, retryAfterMs } = outcome;
      const retries =
        failure.code === 'ERR_NETBOOT_UNREACHABLE' ? CONNECTION_RETRIES : this.#policy.retries;
      if (failure.isMissing || attempt >= retries) throw failure;
      await this.pause(attempt, signal, retryAfterMs);
    }
  }

  /** Waits before another attempt: longer each time, and not all clients equally long. */
  async pause(attempt: number, signal: AbortSignal, atLeastMs = 0): Promise<void> {
    const delay = this.#policy.retryDelayMs * 2 ** Math.min(attempt, 6);
    const jittered = delay * (0.5 + Math.random() / 2);
    await sleep(Math.max(jittered, atLeastMs), undefined, { signal });
  }

  async #follow(
    start: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HttpAnswer | FailedAttempt> {
    let url = start;
    for (let hops = 0; hops <= this.#policy.maxRedirects; hops += 1) {
      const answer = await this.#ask(url, withoutSecrets(headers, start, url), signal);
      if ('failure' in answer) return answer;
      const target = redirectTarget(answer, url);
      if (target === undefined) return await judge(answer, url);
      await discardBody(answer);
      await checkRedirect(start, url, target);
      url = target;
    }
    return failed(start, `is redirected more than ${this.#policy.maxRedirects} times`);
  }

  async #ask(
    url: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<RawAnswer | FailedAttempt> {
    // Interim answers (status 1xx) begin the time for the headers anew; they must not do so for ever.
    const deadline = new AbortController();
    const timer = setTimeout(() => {
      deadline.abort(new Error(`no answer within ${this.#policy.answerTimeoutMs} ms`));
    }, ANSWER_DEADLINE_FACTOR * this.#policy.answerTimeoutMs);
    try {
      const {
        statusCode,
        headers: answered,
        body,
      } = await request(url, {
        dispatcher: this.#dispatcher,
        signal: AbortSignal.any([signal, deadline.signal]),
        headers: { 'user-agent': USER_AGENT, 'accept-encoding': 'identity', ...headers },
        headersTimeout: this.#policy.answerTimeoutMs,
        bodyTimeout: this.#policy.speedWindowMs,
      });
      // A body that nobody listens to must not bring down the process.
      body.on('error', () => undefined);
      return { status: statusCode, url, headers: answered, body };
    } catch (error) {
      signal.throwIfAborted();
      return { failure: connectionFailure(url, error) };
    } finally {
      clearTimeout(timer);
    }
  }
}

/** An answer has to begin within this many times its timeout, connection and interim answers included. */
const ANSWER_DEADLINE_FACTOR = 2;

interface RawAnswer extends Omit<HttpAnswer, 'status'> {
  readonly status: number;
}

interface FailedAttempt {
  readonly failure: HttpFailure;
  readonly retryAfterMs?: number | undefined;
}

/** A password is for the server that it was given for. */
function withoutSecrets(
  headers: Readonly<Record<string, string>>,
  start: URL,
  url: URL,
): Readonly<Record<string, string>> {
  if (url.origin === start.origin) return headers;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization'));
}

function redirectTarget({ status, headers }: RawAnswer, url: URL): URL | undefined {
  const { location } = headers;
  if (![301, 302, 303, 307, 308].includes(status) || typeof location !== 'string') return undefined;
  if (!URL.canParse(location, url.href)) return undefined;
  const target = new URL(location, url);
  // A name and a password in it would be shown in errors; they are not sent anyway.
  target.username = '';
  target.password = '';
  return target;
}

/** The longest body that is read in order to use its connection again. */
const MAX_DISCARDED_BYTES = 64 * 1024;

/** Reads a body that nobody wants; a long or slow one is cut off, with its connection. */
export async function discardBody({ body }: Pick<HttpAnswer, 'body'>): Promise<void> {
  const cutOff = setTimeout(() => body.destroy(), MAX_DISCARDING_MS);
  let length = 0;
  try {
    for await (const piece of body) {
      length += (piece as Buffer).length;
      if (length > MAX_DISCARDED_BYTES) break;
    }
  } catch {
    // The answer's status is known; how its body ends changes nothing.
  } finally {
    clearTimeout(cutOff);
    body.destroy();
  }
}

/** The longest time to read such a body. */
const MAX_DISCARDING_MS = 1000;

async function judge(answer: RawAnswer, url: URL): Promise<HttpAnswer | FailedAttempt> {
  const { status } = answer;
  if (status === 200 || status === 206 || status === 304) return { ...answer, status };
  await discardBody(answer);
  if (status === 404 || status === 410 || status === 416) {
    return {
      failure: new HttpFailure('ERR_NETBOOT_FILE_NOT_FOUND', `${url.href}: status ${status}`, {
        hint: 'check the URL of the mirror; the mirror may be incomplete',
      }),
    };
  }
  const wait = Number(answer.headers['retry-after']);
  return {
    ...failed(url, `status ${status}`),
    retryAfterMs: wait > 0 ? Math.min(wait * 1000, MAX_RETRY_AFTER_MS) : undefined,
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
  return failed(url, why, cause).failure;
}

function failed(url: URL, why: string, cause?: unknown): FailedAttempt {
  return { failure: networkFailure(url, why, cause) };
}

/** The failure of a server that was reached. */
export function networkFailure(url: URL, why: string, cause?: unknown): HttpFailure {
  return new HttpFailure('ERR_NETBOOT_NETWORK', `${url.href}: ${why}`, {
    hint: 'try again later, or use another mirror',
    ...(cause !== undefined && { cause }),
  });
}

/** The code of an error, or of the first one that it is made of. */
function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof AggregateError) return errorCode(error.errors[0]);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return errorCode(error.cause);
}

/**
 * Connections to web servers: direct ones, or by the proxies that `http_proxy`, `https_proxy` and
 * `no_proxy` name.
 *
 * @throws NetbootError `ERR_NETBOOT_INVALID_PROXY`
 */
export function openConnections(connectTimeoutMs: number): Dispatcher {
  const connect = { timeout: connectTimeoutMs };
  try {
    // A proxy is asked for http URLs, as apt and curl ask it, and to open a tunnel for https only:
    // many refuse tunnels to port 80, and one that caches could not.
    return new EnvHttpProxyAgent({ connect, proxyTls: connect, proxyTunnel: false });
  } catch {
    // The cause is left out: it holds the proxy's URL, with the password in it.
    throw new NetbootError(
      'ERR_NETBOOT_INVALID_PROXY',
      'http_proxy or https_proxy is not the URL of a proxy',
      { hint: 'write it like http://proxy.example:3128; % is %25, @ is %40 in a password' },
    );
  }
}
