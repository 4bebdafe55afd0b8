import { fileContent } from '../file-content.js';
import { describeIoError } from './io-error.js';

/**
 * Reads a file of the store.
 *
 * @throws NetbootError that names the file when it cannot be read; the signal's reason
 */
export async function* storedContent(
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* fileContent(path, signal);
  } catch (error) {
    throw describeIoError(error, path);
  }
}
