import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';

import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';
import {
  type DatagramBinding,
  type DatagramHandler,
  type DatagramSocket,
  type DatagramToSend,
  type DgramAddress,
  type ReceivedDatagram,
} from './datagram-transport.js';
import { inheritedFamily, type TftpInheritedSocket } from './inherited-sockets.js';
import { SendSlots } from './send-slots.js';

/** Prefix of IPv4 addresses on a dual-stack IPv6 socket (RFC 4291 §2.5.5.2). */
const MAPPED = '::ffff:';

/**
 * Maximum number of bytes waiting for the kernel on a socket with many peers; further datagrams are
 * dropped, as by a full network card.
 */
const MAX_QUEUED_BYTES = 8 * 1024 * 1024;

/**
 * Binds a UDP socket of `node:dgram`.
 *
 * @throws Node.js system error with a `code` (`EACCES`, `EADDRINUSE`, `EBADF`, `ENETUNREACH`, ...) when the
 * socket cannot be bound or connected, or is not a UDP socket
 */
export async function bindDgramSocket(
  binding: DatagramBinding,
  handler: DatagramHandler,
): Promise<DatagramSocket> {
  const { at, peer, maxQueuedBytes = MAX_QUEUED_BYTES } = binding;
  const family = familyOf(at);
  const socket = newSocket(family, binding);
  try {
    await bound(socket, at);
    if (peer !== undefined) {
      await connected(socket, peer);
    }
  } catch (error) {
    socket.close();
    throw error;
  }
  const own = socket.address();
  // The system omits the scope of a link-local address.
  const address = 'fd' in at ? own.address : at.address;
  const local = { address, port: own.port, family } as const;
  return new DgramSocket(socket, local, { peer, maxQueuedBytes }, handler);
}

function newSocket(family: 'IPv4' | 'IPv6', binding: DatagramBinding): Socket {
  const { reuseAddr = false, recvBufferSize, sendBufferSize } = binding;
  return createSocket({
    type: family === 'IPv6' ? 'udp6' : 'udp4',
    ipv6Only: family === 'IPv6',
    reuseAddr,
    // Addresses are numeric; resolving each would cost a turn of the event loop.
    lookup: (host, _options, callback) => {
      callback(null, host, family === 'IPv6' ? 6 : 4);
    },
    ...(recvBufferSize !== undefined && { recvBufferSize }),
    ...(sendBufferSize !== undefined && { sendBufferSize }),
  });
}

function familyOf(at: DgramAddress | TftpInheritedSocket): 'IPv4' | 'IPv6' {
  if ('fd' in at) {
    return inheritedFamily(at.fd);
  }
  return isIPv6(at.address) ? 'IPv6' : 'IPv4';
}

function bound(socket: Socket, at: DgramAddress | TftpInheritedSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    // Exclusive: cluster workers must not share a socket, since each needs its own answers.
    socket.bind({ ...at, exclusive: true }, () => {
      socket.off('error', reject);
      resolve();
    });
  });
}

function connected(socket: Socket, { address, port }: TftpEndpointAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.connect(port, address, (error?: Error) => {
      if (error === undefined) {
        resolve();
      } else {
        reject(error);
      }
    });
  });
}

/** Maximum number of datagrams per turn of the event loop for which immediate answers are faster. */
const SMALL_TURN = 2;

/** Number of datagrams delivered one by one before the datagrams per turn are counted again. */
const LOOK_AGAIN_AFTER = 64;

/**
 * Memory for sending, shared by all sockets: each releases or abandons its slots before another one sends.
 */
const SLOTS = new SendSlots();

class DgramSocket implements DatagramSocket {
  readonly local: TftpEndpointAddress;
  readonly #socket: Socket;
  readonly #handler: DatagramHandler;
  readonly #peer: TftpEndpointAddress | undefined;
  readonly #maxQueuedBytes: number;
  /**
   * Datagrams received in this turn of the event loop. They are answered together, since each answer sent
   * alone would cost a wake-up of its receiver. A single client, however, waits for each answer, and would
   * run at half its speed if it also had to wait for the end of the turn.
   */
  #received: ReceivedDatagram[] = [];
  #handOver: NodeJS.Immediate | undefined;
  /** Number of further datagrams to deliver one by one. */
  #oneByOne = 0;
  #isOpen = true;
  /** Sender of the last datagram: on a transfer's own socket, nearly always the same peer. */
  #lastRemote: TftpEndpointAddress | undefined;
  /** Address of that sender in the system's notation. */
  #lastAddress = '';

  constructor(
    socket: Socket,
    local: TftpEndpointAddress,
    terms: { readonly peer: TftpEndpointAddress | undefined; readonly maxQueuedBytes: number },
    handler: DatagramHandler,
  ) {
    this.#socket = socket;
    this.#peer = terms.peer;
    this.#maxQueuedBytes = terms.maxQueuedBytes;
    this.#handler = handler;
    this.local = local;
    socket.on('message', (payload, { address, port }) => {
      this.#take({ remote: this.#remote(address, port), payload });
    });
    socket.on('error', (error) => {
      this.#handler.failed(error);
    });
  }

  get queuedDatagrams(): number {
    return this.#socket.getSendQueueCount();
  }

  send(batch: readonly DatagramToSend[]): void {
    if (!this.#isOpen || this.#socket.getSendQueueSize() > this.#maxQueuedBytes) {
      return;
    }
    for (const datagram of batch) {
      const { port, address } = datagram.remote;
      const isMapped = this.local.family !== datagram.remote.family;
      const to = isMapped ? `${MAPPED}${address}` : address;
      const bytes = SLOTS.joined(datagram);
      if (this.#peer === undefined) {
        this.#socket.send(bytes, port, to);
      } else {
        this.#socket.send(bytes);
      }
    }
    if (this.#socket.getSendQueueCount() > 0) {
      SLOTS.abandon();
    }
  }

  #take(datagram: ReceivedDatagram): void {
    if (this.#oneByOne > 0) {
      this.#oneByOne -= 1;
      this.#handler.received([datagram]);
      return;
    }
    if (this.#received.length === 0) {
      this.#handOver = setImmediate(() => {
        const batch = this.#received;
        this.#received = [];
        this.#oneByOne = batch.length <= SMALL_TURN ? LOOK_AGAIN_AFTER : 0;
        this.#handler.received(batch);
      });
    }
    this.#received.push(datagram);
  }

  #remote(address: string, port: number): TftpEndpointAddress {
    if (this.#lastRemote?.port === port && this.#lastAddress === address) {
      return this.#lastRemote;
    }
    const { family } = this.local;
    this.#lastAddress = address;
    // Access checks must see an IPv4 peer as IPv4.
    this.#lastRemote =
      family === 'IPv6' && address.startsWith(MAPPED)
        ? { address: address.slice(MAPPED.length), port, family: 'IPv4' }
        : { address, port, family };
    return this.#lastRemote;
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
      this.#socket.removeAllListeners('message');
      await new Promise<void>((resolve) => {
        this.#socket.close(resolve);
      });
    }
  }
}
