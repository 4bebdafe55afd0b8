import { type HttpAnswer, type HttpClient } from './http-client.js';

/**
 * An answer's body, as long as it comes fast enough, and is as long as its header says: a server that
 * sends a byte now and then must not hold up a sync for ever.
 *
 * @throws Error when it is too slow or ends too early; whatever the connection fails with
 */
export async function* steadyBody(
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
