import { PassThrough } from 'node:stream';

import { drained } from '../files/drained.js';

/** Size of the second reader's buffer in bytes; a further buffer may be in flight. */
const LAG_BYTES = 512 * 1024;

/**
 * Passes content on, and gives a copy to a second reader, which may stop early. A slow second reader also
 * slows down the first. If the content fails or is released early, the copy fails as well.
 *
 * @param read - starts reading the copy and returns; must handle the copy's errors
 */
export async function* withReader(
  content: AsyncIterable<Uint8Array>,
  read: (copy: AsyncIterable<Uint8Array>) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const copy = new PassThrough({ highWaterMark: LAG_BYTES });
  // The second reader gets the error; it may no longer be listening.
  copy.on('error', () => undefined);
  read(copy);
  try {
    for await (const piece of content) {
      if (!copy.destroyed && !copy.write(piece)) {
        await drained(copy);
      }
      yield piece;
    }
    copy.end();
  } finally {
    if (!copy.writableEnded) {
      copy.destroy(new Error('the content was interrupted'));
    }
  }
}
