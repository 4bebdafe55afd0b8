import { type DatagramSocket } from '../../src/node/udp/datagram-transport.js';
import { bytesOf } from './wire-text.js';

/**
 * Socket that records what it is passed: each datagram in hexadecimal, and each series or pack by its number of
 * datagrams.
 *
 * @param takes - what it takes in addition to single datagrams
 * @param queued - numbers of datagrams in the kernel's queue, one for each time that it is asked; then 0
 */
export function recordingSocket(
  takes: readonly ('series' | 'packs')[],
  queued: number[] = [],
): { readonly socket: DatagramSocket; readonly record: string[] } {
  const record: string[] = [];
  const socket: DatagramSocket = {
    local: { address: '127.0.0.1', port: 69, family: 'IPv4' },
    get queuedDatagrams() {
      return queued.shift() ?? 0;
    },
    send(batch) {
      record.push(...batch.map(bytesOf));
    },
    ...(takes.includes('series') && {
      sendSeries({ count }) {
        record.push(`series of ${count}`);
      },
    }),
    ...(takes.includes('packs') && {
      sendPack({ count }) {
        record.push(`pack of ${count}`);
      },
    }),
    unref: () => undefined,
    close: () => Promise.resolve(),
  };
  return { socket, record };
}
