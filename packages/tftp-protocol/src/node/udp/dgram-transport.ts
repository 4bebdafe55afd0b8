import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';

import { type TftpEndpointAddress } from '../../endpoint/address.js';
import {
  type DatagramHandler,
  type DatagramToSend,
  type DatagramTransport,
  type ReceivedDatagram,
} from './datagram-transport.js';
import { SendSlots } from './send-slots.js';

/** Where and how a socket is bound. */
export interface DgramBinding {
  /** IP address; IPv6 sockets take IPv6 only. */
  readonly address: string;
  /** UDP port, or 0 for any that is free. */
  readonly port: number;
  /** SO_RCVBUF in bytes; the kernel may grant less. */
  readonly recvBufferSize?: number;
  /** SO_SNDBUF in bytes; the kernel may grant less. */
  readonly sendBufferSize?: number;
}

/** Bytes waiting for the kernel above which datagrams are dropped, as a full network card does. */
const MAX_QUEUED_BYTES = 8 * 1024 * 1024;

/**
 * Binds a UDP socket of `node:dgram`.
 *
 * @throws Error of Node with its `code` (`EACCES`, `EADDRINUSE`, ...) when it cannot be bound
 */
export async function bindDgramTransport(
  binding: DgramBinding,
  handler: DatagramHandler,
): Promise<DatagramTransport> {
  const { address, port, recvBufferSize, sendBufferSize } = binding;
  const family = isIPv6(address) ? 'IPv6' : 'IPv4';
  const socket = createSocket({
    type: family === 'IPv6' ? 'udp6' : 'udp4',
    ipv6Only: family === 'IPv6',
    // Addresses here are numeric; resolving them would cost a turn of the event loop each.
    lookup: (host, _options, callback) => {
      callback(null, host, family === 'IPv6' ? 6 : 4);
    },
    ...(recvBufferSize !== undefined && { recvBufferSize }),
    ...(sendBufferSize !== undefined && { sendBufferSize }),
  });
  try {
    await bound(socket, address, port);
  } catch (error) {
    socket.close();
    throw error;
  }
  return new DgramTransport(socket, { address, port: socket.address().port, family }, handler);
}

function bound(socket: Socket, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    // Exclusive: cluster workers must not share one socket, each needs its own answers.
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off('error', reject);
      resolve();
    });
  });
}

class DgramTransport implements DatagramTransport {
  readonly local: TftpEndpointAddress;
  readonly #socket: Socket;
  readonly #slots = new SendSlots();
  /**
   * What came since the last turn of the event loop. Answered in one go, since a datagram that is
   * sent wakes its receiver: answered one by one, each of them would cost a wake-up.
   */
  #received: ReceivedDatagram[] = [];
  #handOver: NodeJS.Immediate | undefined;
  #isOpen = true;

  constructor(socket: Socket, local: TftpEndpointAddress, handler: DatagramHandler) {
    this.#socket = socket;
    this.local = local;
    socket.on('message', (payload, { address, port }) => {
      if (this.#received.length === 0) {
        this.#handOver = setImmediate(() => {
          const batch = this.#received;
          this.#received = [];
          handler.received(batch);
        });
      }
      this.#received.push({ remote: { address, port, family: local.family }, payload });
    });
    socket.on('error', (error) => {
      handler.failed(error);
    });
  }

  send(batch: readonly DatagramToSend[]): void {
    if (!this.#isOpen || this.#socket.getSendQueueSize() > MAX_QUEUED_BYTES) {
      return;
    }
    for (const datagram of batch) {
      const { port, address } = datagram.remote;
      this.#socket.send(this.#slots.joined(datagram), port, address);
    }
    if (this.#socket.getSendQueueCount() > 0) {
      this.#slots.abandon();
    }
  }

  unref(): void {
    if (this.#isOpen) {
      this.#socket.unref();
    }
  }

  async close(): Promise<void> {
    if (this.#isOpen) {
      this.#isOpen = false;
      clearImmediate(this.#handOver);
      await new Promise<void>((resolve) => {
        this.#socket.close(resolve);
      });
    }
  }
}
