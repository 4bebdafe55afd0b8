import { type Dispatcher } from 'undici';

/** Memory that small pieces are copied into. */
const BLOCK_BYTES = 16 * 1024;

/** A piece that is no less than this part of the memory that it lies in may keep that. */
const SMALLEST_PART = 1 / 4;

/**
 * Has bodies hold no more memory than their bytes. A connection is read in blocks of 64 KiB, and a piece
 * of a body keeps the whole block: where nearly all of it is framing (extensions of chunks), streams that
 * count the bytes that wait in them do not see what they hold.
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
      onResponseData: (controller, piece) =>
        handler.onResponseData?.(controller, memory.compact(piece)),
      onResponseEnd: (controller, trailers) => handler.onResponseEnd?.(controller, trailers),
      onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
    });
  });
}

/** Memory for the small pieces of one body, one behind the other. */
class BodyMemory {
  #block = Buffer.alloc(0);
  #used = 0;

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
