import { type Dispatcher } from 'undici';

/** Size of the blocks that small pieces are copied into, in bytes. */
const BLOCK_BYTES = 16 * 1024;

/** Minimum fraction of its memory that a piece must fill to be kept without copying. */
const SMALLEST_PART = 1 / 4;

/**
 * Number of pieces after which a body of tiny pieces is refused, and their minimum average size in bytes. A
 * body in chunks of one byte would occupy the event loop for seconds per megabyte; network packets are
 * larger.
 */
const MAX_TINY_PIECES = 10_000;
const MIN_AVERAGE_BYTES = 64;

/**
 * Returns a dispatcher that limits the memory of bodies to a few times their size, and refuses bodies that
 * consist of tiny pieces. A connection is read in blocks of 64 KiB, and each piece of a body keeps its whole
 * block: if a body is mostly framing (chunk extensions), stream buffers occupy far more memory than they
 * account for.
 */
export function compactBodies(dispatcher: Dispatcher): Dispatcher {
  return dispatcher.compose((dispatch) => (options, handler) => {
    const memory = new BodyMemory();
    return dispatch(options, {
      onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
      onRequestUpgrade: (controller, status, headers, socket) =>
        handler.onRequestUpgrade?.(controller, status, headers, socket),
      onResponseStart: (controller, status, headers, message) =>
        handler.onResponseStart?.(controller, status, headers, message),
      onResponseData: (controller, piece) => {
        if (memory.isFragmentedBy(piece)) {
          controller.abort(new Error('the body consists of tiny chunks'));
        } else {
          handler.onResponseData?.(controller, memory.compact(piece));
        }
      },
      onResponseEnd: (controller, trailers) => handler.onResponseEnd?.(controller, trailers),
      onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
    });
  });
}

/** Blocks that hold the small pieces of one body. */
class BodyMemory {
  #block = Buffer.alloc(0);
  #used = 0;
  #pieces = 0;
  #bytes = 0;

  /** Counts a piece, and returns true if the body has too many tiny ones. */
  isFragmentedBy(piece: Buffer): boolean {
    this.#pieces += 1;
    this.#bytes += piece.length;
    return this.#pieces > MAX_TINY_PIECES && this.#bytes < this.#pieces * MIN_AVERAGE_BYTES;
  }

  compact(piece: Buffer): Buffer {
    if (piece.length >= piece.buffer.byteLength * SMALLEST_PART) {
      return piece;
    }
    if (piece.length > this.#block.length - this.#used) {
      this.#block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, piece.length));
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += piece.copy(this.#block, start);
    return this.#block.subarray(start, this.#used);
  }
}
