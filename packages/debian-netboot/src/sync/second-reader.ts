import { PassThrough } from 'node:stream';

/** The second reader may lag behind the first by so many bytes, and as many again. */
const LAG_BYTES = 512 * 1024;

/**
 * Passes content on, and gives a copy of it to a second reader, which does not have to finish; a slow
 * one slows the content down. When the content fails, or is let go before its end, so does the copy.
 *
 * @param read - begins to read the copy, as it has to, or the content would wait for it; must handle
 *   the copy's failures
 */
export async function* withReader(
  content: AsyncIterable<Uint8Array>,
  read: (copy: AsyncIterable<Uint8Array>) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const copy = new PassThrough({ highWaterMark: LAG_BYTES });
  // Whoever reads the copy is told; nobody may be reading it any more.
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
      copy.destroy(new Error('the content broke off'));
    }
  }
}

/** Resolves when a stream takes more, or has been closed. */
function drained(stream: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      stream.off('drain', settle).off('close', settle);
      resolve();
    };
    stream.on('drain', settle).on('close', settle);
  });
}
