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
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of steadyBody(client, answer)) {
    pieces.push(piece);
    size += piece.length;
    if (size > maxBytes) {
      throw new NetbootError(
        'ERR_NETBOOT_SIZE_MISMATCH',
        `${answer.url.href} has more than ${maxBytes} bytes`,
        { hint: 'check the URL of the mirror' },
      );
    }
  }
  return Buffer.concat(pieces);
}
