import { createSocket, Socket } from 'node:dgram';
import { once } from 'node:events';

import { afterEach, describe, expect, it, type Mock, vi } from 'vitest';

import {
  type DatagramSocket,
  type DatagramTransport,
  type ReceivedDatagram,
} from './datagram-transport.js';
import { bindDgramSocket } from './dgram-socket.js';
import { bindResilientTransport } from './resilient-transport.js';

describe('ResilientTransport', () => {
  const open: { close(): unknown }[] = [];

  afterEach(async () => {
    vi.restoreAllMocks();
    await Promise.all(open.splice(0).map((socket) => socket.close()));
  });

  /** Binds a transport on loopback that records its received datagrams, batch by batch. */
  async function listening(): Promise<{
    transport: DatagramTransport;
    batches: number[][];
    count: (numbers: number) => Promise<void>;
    replaced: Mock;
  }> {
    const batches: number[][] = [];
    let wake = (): void => undefined;
    const replaced = vi.fn();
    const failed = vi.fn();
    const transport = await bindResilientTransport(
      bindDgramSocket,
      {
        at: { address: '127.0.0.1', port: 0 },
        recvBufferSize: 4 * 1024 * 1024,
        isReplaceable: true,
      },
      {
        received(batch) {
          batches.push(batch.map(numberIn));
          wake();
        },
        failed,
        replaced,
      },
    );
    open.push(transport);
    const count = async (numbers: number): Promise<void> => {
      while (batches.flat().length < numbers) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    return { transport, batches, count, replaced };
  }

  async function sender(to: DatagramTransport): Promise<(number: number) => void> {
    const socket = createSocket('udp4');
    open.push(socket);
    socket.connect(to.local.port, to.local.address);
    await once(socket, 'connect');
    return (number) => {
      socket.send(Uint8Array.of(number >> 8, number & 0xff));
    };
  }

  it('delivers single datagrams one by one', async () => {
    const { transport, batches, count } = await listening();
    const send = await sender(transport);
    for (let number = 0; number < 200; number += 1) {
      send(number);
      await count(number + 1);
    }
    expect(batches).toEqual(Array.from({ length: 200 }, (_, number) => [number]));
  });

  it('delivers datagrams received together in one batch, in order', async () => {
    const { transport, batches, count } = await listening();
    const send = await sender(transport);
    // After a lone datagram, the first ones of a burst are still delivered one by one.
    send(0);
    await count(1);
    for (let number = 1; number < 400; number += 1) {
      send(number);
    }
    await count(400);
    expect(batches.flat()).toEqual(Array.from({ length: 400 }, (_, number) => number));
    expect(batches.at(-1)?.length).toBeGreaterThan(2);
    expect(batches.filter((batch) => batch.length === 1).length).toBeLessThan(100);
  });

  /**
   * Returns a transport whose kernel seems to accept nothing, and the datagrams that a peer on loopback
   * receives from it.
   */
  async function receivedOf(queued: readonly number[]) {
    const { transport, count, replaced } = await listening();
    const peer = createSocket('udp4');
    open.push(peer);
    const received: number[] = [];
    peer.on('message', (payload) => received.push(payload[0] ?? 0));
    peer.bind(0, '127.0.0.1');
    await once(peer, 'listening');
    const remote = { ...peer.address(), family: 'IPv4' } as const;
    const send = (...numbers: number[]): void => {
      const body = Uint8Array.of(0);
      transport.send(numbers.map((number) => ({ remote, head: Uint8Array.of(number), body })));
    };
    const nothing = (): void => undefined;
    const probe = await bindDgramSocket(
      { at: { address: '127.0.0.1', port: 0 } },
      { received: nothing, failed: nothing },
    );
    open.push(probe);
    const kernel = vi.spyOn(
      Object.getPrototypeOf(probe) as DatagramSocket,
      'queuedDatagrams',
      'get',
    );
    const close = vi.spyOn(Socket.prototype, 'close');
    for (const datagrams of queued) {
      kernel.mockReturnValueOnce(datagrams);
    }
    return { transport, count, send, received, close, replaced };
  }

  it('continues with another socket on the same port when the kernel accepts nothing', async () => {
    const { transport, count, send, received, close, replaced } = await receivedOf([2, 2]);
    send(1, 2, 3);
    send(4);
    // The real kernel had accepted 2 and 3: only the mock reports them as queued.
    await expect.poll(() => received).toEqual([1, 2, 3, 2, 3, 4]);
    expect(close).toHaveBeenCalledOnce();
    expect(replaced).toHaveBeenCalledOnce();
    (await sender(transport))(7);
    await count(1);
    send(5);
    await expect.poll(() => received).toHaveLength(7);
  });

  it('keeps its socket and the order while the kernel accepts some datagrams', async () => {
    const { send, received, close, replaced } = await receivedOf([2, 1, 0]);
    send(1, 2, 3);
    send(4);
    await expect.poll(() => received).toEqual([1, 2, 3, 4]);
    expect(close).not.toHaveBeenCalled();
    expect(replaced).not.toHaveBeenCalled();
  });

  it('retries until it can bind the port', async () => {
    const { send, received } = await receivedOf([1, 1]);
    const bind = vi.spyOn(Socket.prototype, 'bind').mockImplementationOnce(function (this: Socket) {
      this.emit('error', new Error('EADDRINUSE'));
      return this;
    });
    send(1);
    await expect.poll(() => received).toEqual([1, 1]);
    expect(bind).toHaveBeenCalledTimes(2);
  });

  it('does not replace its socket once it is closed', async () => {
    const { transport, send, close } = await receivedOf([1, 1]);
    send(1);
    await transport.close();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(close).toHaveBeenCalledOnce();
  });

  it('delivers nothing once it is closed', async () => {
    const { transport, batches } = await listening();
    const send = await sender(transport);
    send(1);
    await transport.close();
    await new Promise(setImmediate);
    expect(batches).toEqual([]);
  });
});

function numberIn({ payload }: ReceivedDatagram): number {
  return (payload[0] ?? 0) * 0x100 + (payload[1] ?? 0);
}
