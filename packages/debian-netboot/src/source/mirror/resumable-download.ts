import { NetbootError } from '../../errors.js';
import { HttpFailure, networkFailure, type HttpAnswer, type HttpClient } from './http-client.js';

/** A file that is arriving. */
export interface Download {
  /** How many bytes at the front are left out, as was asked for; 0 if the server sends them all. */
  readonly offset: number;
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Downloads a file whose content never changes. A connection that breaks, stalls or is too slow is
 * made again, and the download goes on where it was.
 *
 * @param received how many bytes of the file are there already
 * @throws HttpFailure when attempt after attempt brings nothing
 */
export async function download(
  client: HttpClient,
  url: URL,
  headers: Readonly<Record<string, string>>,
  received: number,
  signal: AbortSignal,
): Promise<Download> {
  const first = await ask(client, url, headers, received, signal);
  const offset = first.status === 206 ? received : 0;
  return { offset, content: continued(client, url, headers, first, offset, signal) };
}

async function* continued(
  client: HttpClient,
  url: URL,
  headers: Readonly<Record<string, string>>,
  first: HttpAnswer,
  offset: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let position = offset;
  let answer = first;
  for (let failures = 0; ;) {
    // A server that does not do ranges starts again: what is known already is passed over.
    let skip = answer.status === 206 ? 0 : position;
    try {
      for await (const piece of fastEnough(client, answer)) {
        const fresh = piece.subarray(skip);
        skip -= piece.length - fresh.length;
        if (fresh.length === 0) continue;
        position += fresh.length;
        failures = 0;
        yield fresh;
      }
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (failures >= client.policy.retries) throw brokenOff(url, position, error);
      await client.pause(failures, signal);
      failures += 1;
      answer = await ask(client, url, headers, position, signal);
    }
  }
}

/** Asks for a file from a position on; takes the whole if the position makes no sense. */
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
      const answer = await client.get(url, range, signal);
      if (answer.status === 200 || startOf(answer) === position) return answer;
      answer.body.destroy();
    } catch (error) {
      if (!(error instanceof HttpFailure && error.isMissing)) throw error;
    }
  }
  const answer = await client.get(url, headers, signal);
  if (answer.status === 200) return answer;
  answer.body.destroy();
  throw new HttpFailure('ERR_NETBOOT_NETWORK', `${url.href}: status ${answer.status} unasked`, {
    hint: 'use another mirror',
  });
}

/** Where a part begins, by its Content-Range. */
function startOf({ headers }: HttpAnswer): number | undefined {
  const start = /^bytes (\d+)-/.exec(String(headers['content-range']))?.[1];
  return start === undefined ? undefined : Number(start);
}

/** The body, as long as it comes fast enough and is as long as its header says. */
async function* fastEnough(
  client: HttpClient,
  { body, headers }: HttpAnswer,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { minBytesPerSecond, speedWindowMs } = client.policy;
  const expected = headers['content-length'];
  const pieces: AsyncIterator<Buffer, unknown> = body[Symbol.asyncIterator]();
  let total = 0;
  // Only the time counts that was spent waiting for the server.
  let waitedMs = 0;
  let inWindow = 0;
  try {
    for (;;) {
      const asked = performance.now();
      const next = await pieces.next();
      waitedMs += performance.now() - asked;
      if (next.done === true) break;
      total += next.value.length;
      inWindow += next.value.length;
      yield next.value;
      if (waitedMs < speedWindowMs) continue;
      if (inWindow < (minBytesPerSecond * waitedMs) / 1000) {
        throw new Error(`only ${inWindow} bytes in ${Math.round(waitedMs / 1000)} s`);
      }
      waitedMs = 0;
      inWindow = 0;
    }
  } finally {
    body.destroy();
  }
  if (expected !== undefined && Number(expected) !== total) throw new Error('it ended too early');
}

function brokenOff(url: URL, position: number, cause: unknown): unknown {
  if (cause instanceof NetbootError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return networkFailure(url, `broke off after ${position} bytes: ${why}`, cause);
}
