import { describe, expect, it } from 'vitest';

import { type OutgoingPack } from '../../src/index.js';
import {
  type DatagramTransport,
  type SeriesToSend,
} from '../../src/node/udp/datagram-transport.js';
import { bindResilientTransport } from '../../src/node/udp/resilient-transport.js';
import { recordingSocket } from '../support/recording-socket.js';

const REMOTE = { address: '127.0.0.1', port: 2000, family: 'IPv4' } as const;

const SERIES: SeriesToSend = {
  remote: REMOTE,
  count: 3,
  heads: Uint8Array.of(1, 2, 3),
  bodies: [Uint8Array.of(11), Uint8Array.of(12, 13)],
  bodyBytes: 1,
};

const PACK: OutgoingPack = {
  count: 3,
  remotes: [REMOTE, REMOTE, REMOTE],
  heads: Uint8Array.of(1, 2, 3),
  headBytes: 1,
  memories: Array.from({ length: 3 }, () => Uint8Array.of(11, 12, 13).buffer),
  offsets: [0, 1, 2],
  lengths: [1, 1, 1],
};

describe.each([
  {
    takes: 'series',
    sent: 'series of 3',
    send: (transport: DatagramTransport) => transport.sendSeries?.(SERIES),
  },
  {
    takes: 'packs',
    sent: 'pack of 3',
    send: (transport: DatagramTransport) => transport.sendPack?.(PACK),
  },
] as const)('ResilientTransport with $takes', ({ takes, sent, send }) => {
  /** Binds a transport on a socket that records what it is passed. */
  async function bound(isTaken: boolean, queued: number[]) {
    const { socket, record } = recordingSocket(isTaken ? [takes] : [], queued);
    const transport = await bindResilientTransport(
      () => Promise.resolve(socket),
      { at: { address: '127.0.0.1', port: 69 }, isReplaceable: true },
      { received: () => undefined, failed: () => undefined },
    );
    return { transport, record };
  }

  it('passes them to a socket that takes them, until it is closed', async () => {
    const { transport, record } = await bound(true, []);
    send(transport);
    expect(record).toEqual([sent]);
    await transport.close();
    send(transport);
    expect(record).toEqual([sent]);
  });

  it('passes their datagrams to a socket that does not take them', async () => {
    const { transport, record } = await bound(false, []);
    send(transport);
    expect(record).toEqual(['010b', '020c', '030d']);
    await transport.close();
  });

  it('queues what the kernel did not accept, and what is sent after it', async () => {
    const { transport, record } = await bound(true, [2, 0, 0]);
    send(transport);
    send(transport);
    await expect.poll(() => record).toEqual([sent, '010b', '020c', '030d']);
    await transport.close();
  });
});
