import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';

/** A file of a mirror, in memory or on disk. */
export interface MirrorFile {
  readonly size: number;
  /** Opens the content at an offset. */
  open(start?: number): Readable;
}

/** Returns a file in memory. */
export function memoryFile(content: Uint8Array | string): MirrorFile {
  const bytes = Buffer.from(content);
  return {
    size: bytes.length,
    open: (start = 0) => Readable.from(pieces(bytes.subarray(start)), { objectMode: false }),
  };
}

/** Returns a file on disk. */
export async function diskFile(path: string): Promise<MirrorFile> {
  const { size } = await stat(path);
  return { size, open: (start = 0) => createReadStream(path, { start }) };
}

/** Reads the whole content of a file. */
export async function contentOf(file: MirrorFile): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of file.open()) {
    all.push(piece as Buffer);
  }
  return Buffer.concat(all);
}

/** Returns the SHA-256 of a file in hexadecimal. */
export async function sha256Of(file: MirrorFile): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of file.open()) {
    hash.update(piece as Buffer);
  }
  return hash.digest('hex');
}

/** All files of a mirror, by path from its root. */
export type MirrorTree = Map<string, MirrorFile>;

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += 65_536) {
    yield bytes.subarray(start, start + 65_536);
  }
}
