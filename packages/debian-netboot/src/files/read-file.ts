import { createReadStream } from 'node:fs';

/**
 * A file's bytes. It is opened when the first of them are asked for: a stream that fails before anyone
 * listens to it would end the process.
 *
 * @throws Error of Node with its `code` when it cannot be read; the signal's reason
 */
export async function* fileContent(
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted();
  const content: AsyncIterable<Uint8Array> = createReadStream(path, { signal });
  yield* content;
}
