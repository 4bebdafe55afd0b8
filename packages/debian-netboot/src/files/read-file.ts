import { createReadStream } from 'node:fs';

/**
 * Yields a file's bytes. The file is opened on the first read: a stream that fails before anyone
 * listens to it would end the process.
 *
 * @throws Error of Node with a `code` if the file cannot be read; the signal's reason
 */
export async function* fileContent(
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted();
  const content: AsyncIterable<Uint8Array> = createReadStream(path, { signal });
  yield* content;
}
