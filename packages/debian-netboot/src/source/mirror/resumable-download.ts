import { NetbootError } from '../../errors.js';
import { type Delivery } from '../image-source.js';
import { discardBody, type HttpAnswer, type HttpClient, type HttpPolicy } from './http-client.js';
import { HttpFailure, networkFailure } from './http-failure.js';
import { steadyBody } from './steady-body.js';

/**
 * Downloads a file whose content never changes. If a connection breaks, stalls or is too slow, the
 * download resumes on a new one.
 *
 * @param received - number of bytes that are already present
 * @throws {@link HttpFailure} if repeated attempts make no progress
 */
export async function download(
  client: HttpClient,
  url: URL,
  headers: Readonly<Record<string, string>>,
  received: number,
  signal: AbortSignal,
): Promise<Required<Delivery> & { readonly isFromCache: boolean }> {
  const first = await ask(client, url, headers, received, signal);
  const offset = first.status === 206 ? received : 0;
  return {
    offset,
    size: sizeOf(first, offset),
    isFromCache: CACHE_HEADERS.some((name) => first.headers[name] !== undefined),
    content: continued(client, url, headers, first, offset, signal),
  };
}

/**
 * Headers that reveal a cache: the standard `via` and `age`, and apt-cacher-ng's own.
 */
const CACHE_HEADERS = ['via', 'age', 'x-original-source'] as const;

/**
 * Returns the size of the whole file in bytes, from the length of the response; `undefined` if the response
 * has none.
 */
function sizeOf({ headers }: HttpAnswer, offset: number): number | undefined {
  const length = Number(headers['content-length'] ?? Number.NaN);
  return Number.isSafeInteger(length) ? offset + length : undefined;
}

async function* continued(
  client: HttpClient,
  url: URL,
  headers: Readonly<Record<string, string>>,
  first: HttpAnswer,
  offset: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const pace = new Pace(client.policy);
  let position = offset;
  let answer = first;
  for (let failures = 0; ;) {
    // A server without support for ranges starts from the beginning: skip the known bytes.
    let skip = answer.status === 206 ? 0 : position;
    try {
      for await (const piece of steadyBody(client, answer)) {
        const fresh = piece.subarray(skip);
        skip -= piece.length - fresh.length;
        if (fresh.length === 0) {
          continue;
        }
        position += fresh.length;
        pace.received(fresh.length);
        failures = 0;
        yield fresh;
      }
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (failures >= client.policy.retries || pace.isTooSlow()) {
        throw brokenOff(url, position, error);
      }
      await client.pause(failures, signal);
      failures += 1;
      answer = await ask(client, url, headers, position, signal);
    }
  }
}

/**
 * Requests a file from an offset to its end; requests all of it if the server cannot answer with that
 * range.
 */
async function ask(
  client: HttpClient,
  url: URL,
  headers: Readonly<Record<string, string>>,
  position: number,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  if (position > 0) {
    try {
      const range = { ...headers, range: `bytes=${position}-` };
      const answer = await client.get(url, range, { signal });
      if (answer.status === 200 || startOf(answer) === position) {
        return answer;
      }
      await discardBody(answer);
    } catch (error) {
      if (!(error instanceof HttpFailure && error.isMissing)) {
        throw error;
      }
    }
  }
  const answer = await client.get(url, headers, { signal });
  if (answer.status === 200) {
    return answer;
  }
  await discardBody(answer);
  throw new HttpFailure('ERR_NETBOOT_NETWORK', `${url.href}: unexpected status ${answer.status}`, {
    hint: 'use another mirror',
  });
}

/**
 * Returns the offset at which a partial response starts, from its Content-Range; `undefined` if it is
 * invalid.
 */
function startOf({ headers }: HttpAnswer): number | undefined {
  const start = /^bytes (\d+)-/.exec(String(headers['content-range']))?.[1];
  return start === undefined ? undefined : Number(start);
}

/**
 * Tracks the progress of a download over many connections, to give up on a server that closes each one after
 * a few bytes.
 */
class Pace {
  readonly #policy: HttpPolicy;
  #since = performance.now();
  #bytes = 0;

  constructor(policy: HttpPolicy) {
    this.#policy = policy;
  }

  received(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Returns true if the download is too slow; called when a connection has ended. */
  isTooSlow(): boolean {
    const elapsedMs = performance.now() - this.#since;
    if (elapsedMs < WINDOWS_OF_CONNECTIONS * this.#policy.speedWindowMs) {
      return false;
    }
    const isSlow = this.#bytes < (this.#policy.minBytesPerSecond * elapsedMs) / 1000;
    this.#since = performance.now();
    this.#bytes = 0;
    return isSlow;
  }
}

/**
 * Number of speed windows over which the speed of a whole download is measured: more than one, since the
 * total time includes the pauses between connections.
 */
const WINDOWS_OF_CONNECTIONS = 4;

function brokenOff(url: URL, position: number, cause: unknown): unknown {
  if (cause instanceof NetbootError) {
    return cause;
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return networkFailure(url, `interrupted after ${position} bytes: ${why}`, cause);
}
