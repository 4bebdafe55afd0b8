import { NetbootError } from '../../errors.js';
import { type HttpAnswer, type HttpClient } from './http-client.js';

/**
 * Yields a response's body, as long as it is fast enough, and checks its length: a server that sends only a
 * byte now and then must not block a sync forever.
 *
 * @throws Error if the body is too slow or ends too early; any error from the connection
 */
export async function* steadyBody(
  client: HttpClient,
  { body, headers }: HttpAnswer,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { minBytesPerSecond, speedWindowMs } = client.policy;
  const expected = headers['content-length'];
  const pieces: AsyncIterator<Buffer, unknown> = body[Symbol.asyncIterator]();
  let total = 0;
  // Count only the time spent waiting for the server.
  let waitedMs = 0;
  let inWindow = 0;
  try {
    for (;;) {
      const asked = performance.now();
      const next = await pieces.next();
      waitedMs += performance.now() - asked;
      if (next.done === true) {
        break;
      }
      total += next.value.length;
      inWindow += next.value.length;
      yield next.value;
      if (waitedMs < speedWindowMs) {
        continue;
      }
      if (inWindow < (minBytesPerSecond * waitedMs) / 1000) {
        throw new Error(`too slow: ${inWindow} bytes in ${Math.round(waitedMs / 1000)} s`);
      }
      waitedMs = 0;
      inWindow = 0;
    }
  } finally {
    body.destroy();
  }
  if (expected !== undefined && Number(expected) !== total) {
    throw new Error('the body ended early');
  }
}

/**
 * Reads the whole body of a response into memory, without resuming: a small file may change between requests,
 * so the caller retries from the start.
 *
 * @param maxBytes - maximum size in bytes
 * @throws {@link NetbootError} `ERR_NETBOOT_SIZE_MISMATCH` if it is larger; any error from {@link steadyBody}
 */
export async function readWhole(
  client: HttpClient,
  answer: HttpAnswer,
  maxBytes: number,
): Promise<Buffer> {
  // A single buffer, so that a server that sends single bytes does not make this process allocate an object for
  // each.
  let content = Buffer.allocUnsafe(Math.min(maxBytes, INITIAL_BYTES));
  let size = 0;
  for await (const piece of steadyBody(client, answer)) {
    if (size + piece.length > maxBytes) {
      throw new NetbootError(
        'ERR_NETBOOT_SIZE_MISMATCH',
        `${answer.url.href}: expected at most ${maxBytes} bytes, got more`,
        { hint: 'check the URL of the mirror' },
      );
    }
    if (size + piece.length > content.length) {
      const larger = Buffer.allocUnsafe(Math.min(maxBytes, 2 * (size + piece.length)));
      content.copy(larger, 0, 0, size);
      content = larger;
    }
    content.set(piece, size);
    size += piece.length;
  }
  return content.subarray(0, size);
}

/** Initial size of the buffer in bytes: enough for Debian's InRelease files. */
const INITIAL_BYTES = 256 * 1024;
