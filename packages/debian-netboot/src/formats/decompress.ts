import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

import { NetbootError } from '../errors.js';
import { unxz } from './xz.js';

/** How content is compressed. */
export type Compression = 'none' | 'gzip' | 'xz';

/** How much may come out of a compressed stream. */
export interface DecompressionLimits {
  /** At most this many bytes come out. */
  readonly maxBytes: number;
  /** At most this many bytes come out for each byte that went in, once 16 MiB are out. */
  readonly maxRatio: number;
}

/** Below this length no ratio is judged: small files of zeros are no attack. */
const RATIO_JUDGED_FROM = 16 * 1024 * 1024;

/** The compression that a file name's ending stands for. */
export function compressionOf(name: string): Compression {
  if (name.endsWith('.xz')) {
    return 'xz';
  }
  if (name.endsWith('.gz')) {
    return 'gzip';
  }
  return 'none';
}

/**
 * Decompresses a stream, and refuses to inflate it without bounds.
 *
 * @throws NetbootError `ERR_NETBOOT_MALFORMED_ARCHIVE` for data that cannot be decompressed,
 *   `ERR_NETBOOT_HOSTILE_ARCHIVE` beyond the limits; failures of `content` pass unchanged
 */
export async function* decompress(
  content: AsyncIterable<Uint8Array>,
  compression: Compression,
  limits: DecompressionLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = new CountedInput(content);
  let received = 0;
  try {
    for await (const piece of inflate(input, compression)) {
      received += piece.length;
      checkLimits(received, input.bytes, limits);
      yield piece;
    }
  } catch (error) {
    if (input.failed) {
      throw input.failure;
    }
    if (error instanceof NetbootError) {
      throw error;
    }
    throw new NetbootError('ERR_NETBOOT_MALFORMED_ARCHIVE', `damaged ${compression} data`, {
      hint: 'the download was damaged: try again',
      cause: error,
    });
  }
}

/** The compressed bytes, counted; remembers a failure of their own, as no fault of the format. */
class CountedInput implements AsyncIterable<Uint8Array> {
  bytes = 0;
  failed = false;
  failure: unknown;
  readonly #content: AsyncIterable<Uint8Array>;

  constructor(content: AsyncIterable<Uint8Array>) {
    this.#content = content;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const piece of this.#content) {
        this.bytes += piece.length;
        yield piece;
      }
    } catch (error) {
      this.failed = true;
      this.failure = error;
      throw error;
    }
  }
}

function inflate(
  input: AsyncIterable<Uint8Array>,
  compression: Compression,
): AsyncIterable<Uint8Array> {
  switch (compression) {
    case 'none':
      return gathered(input, INPUT_BYTES);
    case 'gzip':
      return gunzip(input);
    case 'xz':
      return unxz(gathered(input, INPUT_BYTES));
  }
}

/** Each piece that goes in, and each that comes out, costs turns of the event loop. */
const INPUT_BYTES = 256 * 1024;
const GUNZIP_PIECE_BYTES = 1024 * 1024;

async function* gunzip(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(gathered(input, INPUT_BYTES), { objectMode: false });
  const output = createGunzip({ chunkSize: GUNZIP_PIECE_BYTES });
  source.on('error', (error) => output.destroy(error));
  source.pipe(output);
  try {
    for await (const piece of output) {
      yield piece as Buffer;
    }
  } finally {
    source.destroy();
    output.destroy();
  }
}

/** Maximum number of pieces that wait to be put together. */
const MAX_GATHERED_PIECES = 4096;

/** Content in pieces of at least so many bytes, but for the last one. */
async function* gathered(
  content: AsyncIterable<Uint8Array>,
  length: number,
): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let held = 0;
  for await (const piece of content) {
    if (held === 0 && piece.length >= length) {
      yield piece;
      continue;
    }
    pieces.push(piece);
    held += piece.length;
    if (held >= length) {
      yield Buffer.concat(pieces);
      pieces = [];
      held = 0;
    } else if (pieces.length >= MAX_GATHERED_PIECES) {
      // Single bytes cost an object each: they are put together as they come.
      pieces = [Buffer.concat(pieces)];
    }
  }
  if (held > 0) {
    yield Buffer.concat(pieces);
  }
}

function checkLimits(received: number, consumed: number, limits: DecompressionLimits): void {
  const inflated = received > RATIO_JUDGED_FROM && received > consumed * limits.maxRatio;
  if (received <= limits.maxBytes && !inflated) {
    return;
  }
  throw new NetbootError(
    'ERR_NETBOOT_HOSTILE_ARCHIVE',
    inflated
      ? `${consumed} compressed bytes became more than ${received}`
      : `more than ${limits.maxBytes} bytes came out of compressed data`,
    { hint: 'use another mirror' },
  );
}
