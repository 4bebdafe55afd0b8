import { randomInt } from 'node:crypto';

import { type DatagramHandler, type DatagramTransport } from './datagram-transport.js';
import { bindDgramTransport } from './dgram-transport.js';

/** Bytes waiting for the kernel above which a transfer's datagrams are dropped. */
const MAX_QUEUED_BYTES = 1024 * 1024;

/**
 * Binds a port for one transfer: a random one of the range, or whichever the system picks at
 * random, since a third party must guess it to interfere (RFC 1350 §4).
 *
 * @returns undefined when every port of the range is taken
 */
export async function bindTransferPort(
  address: string,
  range: { readonly from: number; readonly to: number } | undefined,
  handler: DatagramHandler,
): Promise<DatagramTransport | undefined> {
  if (range === undefined) {
    return bind(address, 0, handler);
  }
  const count = range.to - range.from + 1;
  const first = randomInt(count);
  for (let step = 0; step < count; step += 1) {
    const port = range.from + ((first + step) % count);
    try {
      return await bind(address, port, handler);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) {
        throw error;
      }
    }
  }
  return undefined;
}

function bind(address: string, port: number, handler: DatagramHandler): Promise<DatagramTransport> {
  return bindDgramTransport({ at: { address, port }, maxQueuedBytes: MAX_QUEUED_BYTES }, handler);
}
