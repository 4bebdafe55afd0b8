import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

import { NetbootError } from '../errors.js';
import { unxz } from './xz.js';

/** Compression of content. */
export type Compression = 'none' | 'gzip' | 'xz';

/** Limits on the output of a compressed stream. */
export interface DecompressionLimits {
  /** Maximum number of output bytes. */
  readonly maxBytes: number;
  /** Maximum number of output bytes per input byte, checked once the output exceeds 16 MiB. */
  readonly maxRatio: number;
}

/** Output size in bytes below which the ratio is not checked: small files of zeros are harmless. */
const RATIO_CHECKED_FROM = 16 * 1024 * 1024;

/** Returns the compression that the extension of a file name stands for. */
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
 * Decompresses a stream within limits.
 *
 * @throws {@link NetbootError} `ERR_NETBOOT_MALFORMED_ARCHIVE` for data that cannot be decompressed,
 *   `ERR_NETBOOT_HOSTILE_ARCHIVE` beyond the limits; errors from `content` are passed on unchanged
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
      hint: 'try again; the download is damaged',
      cause: error,
    });
  }
}

/** Input that counts compressed bytes, and distinguishes its own errors from those of the decoder. */
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

/** Minimum size of an input piece, in bytes: each piece costs turns of the event loop. */
const INPUT_BYTES = 256 * 1024;
/** Size of an output piece of gunzip, in bytes. */
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

/** Maximum number of pieces to buffer before they are joined. */
const MAX_GATHERED_PIECES = 4096;

/** Regroups content into pieces of a minimum size; the last one may be smaller. */
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
      // Each piece is an object, so small ones are joined when there are many.
      pieces = [Buffer.concat(pieces)];
    }
  }
  if (held > 0) {
    yield Buffer.concat(pieces);
  }
}

function checkLimits(received: number, consumed: number, limits: DecompressionLimits): void {
  const inflated = received > RATIO_CHECKED_FROM && received > consumed * limits.maxRatio;
  if (received <= limits.maxBytes && !inflated) {
    return;
  }
  throw new NetbootError(
    'ERR_NETBOOT_HOSTILE_ARCHIVE',
    inflated
      ? `refused ${consumed} compressed bytes that expand to more than ${received} bytes`
      : `refused compressed data that expands to more than ${limits.maxBytes} bytes`,
    { hint: 'use another mirror' },
  );
}
