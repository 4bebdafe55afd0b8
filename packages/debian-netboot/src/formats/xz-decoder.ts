import { ReadableStream } from 'node:stream/web';

import xzDecompress from 'xz-decompress';

/** Maximum number of consecutive empty reads; an xz header can cause that many. */
const MAX_IDLE_READS = 64;

/**
 * Decodes xz in the calling thread, and yields the pieces as the decoder returns them.
 *
 * @throws Error for data that cannot be decoded; errors from `input` are passed on unchanged
 */
export async function* decodeXz(
  input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let length = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const bytes of input) {
      length += bytes.length;
      yield bytes;
    }
  };
  const compressed = ReadableStream.from(counted());
  const reader = new xzDecompress.XzReadableStream(compressed).getReader();
  let idle = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      // The decoder returns empty reads forever if its input ends too early.
      idle = value.length === 0 ? idle + 1 : 0;
      if (idle > MAX_IDLE_READS) {
        throw new Error(`unexpected end after ${length} bytes`);
      }
      if (value.length > 0) {
        yield value;
      }
    }
  } finally {
    // The decoder handles one stream at a time, so an unreleased stream would block all others.
    await reader.cancel().catch(() => undefined);
  }
}
