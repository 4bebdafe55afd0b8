import { NetbootError } from '../../errors.js';
import { type HttpAnswer, type HttpClient } from './http-client.js';
import { steadyBody } from './steady-body.js';

/**
 * Reads a small file, which may have changed when it is asked for again: no part of it is kept.
 *
 * @param maxBytes the most bytes to take
 * @throws NetbootError `ERR_NETBOOT_SIZE_MISMATCH` when there are more
 */
export async function readWhole(
  client: HttpClient,
  answer: HttpAnswer,
  maxBytes: number,
): Promise<Buffer> {
  // One buffer: a server that sends single bytes must not cost an object for each.
  let content = Buffer.allocUnsafe(Math.min(maxBytes, INITIAL_BYTES));
  let size = 0;
  for await (const piece of steadyBody(client, answer)) {
    if (size + piece.length > maxBytes) {
      throw new NetbootError(
        'ERR_NETBOOT_SIZE_MISMATCH',
        `${answer.url.href} has more than ${maxBytes} bytes`,
        { hint: 'check the URL of the mirror' },
      );
    }
    if (size + piece.length > content.length) {
      const larger = Buffer.allocUnsafe(Math.min(maxBytes, 2 * (size + piece.length)));
      content.copy(larger, 0, 0, size);
      content = larger;
    }
    content.set(piece, size);
    size += piece.length;
  }
  return content.subarray(0, size);
}

/** Enough for Debian's InRelease files. */
const INITIAL_BYTES = 256 * 1024;
