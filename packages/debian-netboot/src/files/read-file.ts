import { createReadStream } from 'node:fs';
import { type FileHandle } from 'node:fs/promises';

/**
 * Yields a file's bytes. The file is not opened before the first read: a stream that fails before anyone
 * listens to it would end the process.
 *
 * @throws Node.js system error with a `code` if the file cannot be read
 */
export async function* fileContent(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const content: AsyncIterable<Uint8Array> = createReadStream(path);
  yield* content;
}

/** Number of bytes per read. */
const PIECE_BYTES = 64 * 1024;

/** Range of a file, in bytes. */
export interface FileRange {
  readonly start: number;
  readonly size: number;
}

/**
 * Yields the bytes of an open file, which the caller closes. A file that ends early yields fewer bytes.
 *
 * @param range - part to read
 * @default the whole file
 */
export async function* openFileContent(
  file: FileHandle,
  { start, size }: FileRange = { start: 0, size: Infinity },
): AsyncGenerator<Uint8Array, void, undefined> {
  const end = start + size;
  for (let position = start; position < end;) {
    const length = Math.min(PIECE_BYTES, end - position);
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
    if (bytesRead === 0) {
      return;
    }
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
