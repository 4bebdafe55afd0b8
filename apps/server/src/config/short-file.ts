import { type FileHandle, open } from 'node:fs/promises';

/**
 * Maximum size of a configuration file and of the files that it names, in bytes. Parsing a configuration of
 * this size takes a second, and a hundred times as much memory.
 */
export const MAX_FILE_BYTES = 4 * 1024 * 1024;

/**
 * Reads a file that should be short.
 *
 * @returns undefined if it has more than {@link MAX_FILE_BYTES}
 */
export async function readShortFile(path: string): Promise<Buffer | undefined> {
  const file = await open(path);
  try {
    const bytes = await readFront(file, MAX_FILE_BYTES + 1);
    return bytes.length > MAX_FILE_BYTES ? undefined : bytes;
  } finally {
    await file.close();
  }
}

/**
 * Reads a file up to its end, or until there are at least `maxBytes`: it may be a pipe or a device that never
 * ends.
 */
async function readFront(file: FileHandle, maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  while (length < maxBytes) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(64 * 1024));
    if (bytesRead === 0) {
      break;
    }
    pieces.push(buffer.subarray(0, bytesRead));
    length += bytesRead;
  }
  return Buffer.concat(pieces);
}
