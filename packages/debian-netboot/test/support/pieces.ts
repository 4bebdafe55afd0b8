import { Readable } from 'node:stream';

/** Yields bytes in pieces of the given length, as a disk or network delivers them. */
export function pieces(bytes: Uint8Array | string, length = 1000): Readable {
  return Readable.from(cut(Buffer.from(bytes), length), { objectMode: false });
}

/** Returns all bytes of a stream. */
export async function collect(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of content) {
    all.push(piece);
  }
  return Buffer.concat(all);
}

function* cut(bytes: Buffer, length: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += length) {
    yield bytes.subarray(start, start + length);
  }
}
