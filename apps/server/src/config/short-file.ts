import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/**
 * Maximum size of a configuration file and of the files that it names, in bytes. Parsing a configuration of
 * this size takes a second, and a hundred times as much memory.
 */
export const MAX_FILE_BYTES = 4 * 1024 * 1024;

/**
 * Flags with which opening a pipe does not wait, and opening a terminal does not make it the controlling
 * terminal.
 */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Reads a regular file that should be short. Anything else is refused: reading a pipe could block forever,
 * and a reload could not read it again.
 *
 * @returns undefined if it has more than {@link MAX_FILE_BYTES}
 * @throws Error with the system's `code`, or `EFTYPE` when it is not a regular file
 */
export async function readShortFile(path: string): Promise<Buffer | undefined> {
  const file = await open(path, FLAGS);
  try {
    const found = await file.stat();
    if (found.isDirectory()) {
      throw Object.assign(new Error(`${path} is a directory`), { code: 'EISDIR' });
    }
    if (!found.isFile()) {
      throw Object.assign(new Error(`${path} is not a regular file`), { code: 'EFTYPE' });
    }
    const bytes = await readFront(file, MAX_FILE_BYTES + 1);
    return bytes.length > MAX_FILE_BYTES ? undefined : bytes;
  } finally {
    await file.close();
  }
}

/** Reads a file up to its end, or until `maxBytes` or more have been read, since it may be growing. */
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
