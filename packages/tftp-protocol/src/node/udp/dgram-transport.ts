import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';

import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';
import { AbsentNeighbours } from './absent-neighbours.js';
import {
  type DatagramHandler,
  type DatagramToSend,
  type DatagramTransport,
  type ReceivedDatagram,
} from './datagram-transport.js';
import { inheritedFamily, type TftpInheritedSocket } from './inherited-sockets.js';
import { SendSlots } from './send-slots.js';

/** Address and options of a socket. */
export interface DgramBinding {
  /** Address to bind, or a socket that is already bound. */
  readonly at: DgramAddress | TftpInheritedSocket;
  /**
   * True to share the port with other sockets that allow it, too.
   *
   * @default false
   */
  readonly reuseAddr?: boolean;
  /**
   * The only peer that the socket talks to. ICMP errors for datagrams sent to it are then reported by
   * {@link DatagramHandler.failed}.
   *
   * @default any peer
   */
  readonly peer?: TftpEndpointAddress;
  /** SO_RCVBUF in bytes; the kernel may grant less. */
  readonly recvBufferSize?: number;
  /** SO_SNDBUF in bytes; the kernel may grant less. */
  readonly sendBufferSize?: number;
  /**
   * Maximum number of bytes waiting for the kernel; further datagrams are dropped.
   *
   * @default 8_388_608 (8 MiB)
   */
  readonly maxQueuedBytes?: number;
  /**
   * True to replace the socket by another one on the same port when the kernel accepts nothing more
   * from it. Datagrams to a host that does not answer ARP stay in the buffer for seconds, and a few
   * hundred of them block the socket. Unread datagrams are lost with it; to keep this rare, hosts
   * that the kernel lists as unresolved are sent almost nothing afterwards. Not for inherited
   * sockets.
   *
   * @default false
   */
  readonly isReplaceable?: boolean;
}

/** Address of a socket. */
export interface DgramAddress {
  /** IP address; IPv6 sockets accept IPv6 only. */
  readonly address: string;
  /** UDP port, or 0 for any free port. */
  readonly port: number;
}

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
export async function bindDgramTransport(
  binding: DgramBinding,
  handler: DatagramHandler,
): Promise<DatagramTransport> {
  const { at, peer, isReplaceable = false } = binding;
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
  const maxQueuedBytes = binding.maxQueuedBytes ?? MAX_QUEUED_BYTES;
  const local = { address, port: own.port, family } as const;
  const user = process.geteuid?.();
  return new DgramTransport(
    socket,
    local,
    {
      peer,
      maxQueuedBytes,
      // A process that has dropped its privileges may be unable to bind the port again.
      isReplaceable: () => isReplaceable && !('fd' in at) && process.geteuid?.() === user,
      another: () => newSocket(family, binding),
    },
    handler,
  );
}

function newSocket(family: 'IPv4' | 'IPv6', binding: DgramBinding): Socket {
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

/** Time without sends after which a socket is replaced, in milliseconds. */
const STUCK_MS = 25;

/** Maximum number of datagrams held while the kernel accepts none; further ones are dropped. */
const MAX_HELD = 1_024;

/** Interval between attempts to bind a replacement, in milliseconds. */
const BIND_AGAIN_MS = 500;

/** Absent hosts, shared by all sockets: the kernel has one table of neighbours. */
const ABSENT = new AbsentNeighbours();

/**
 * Memory for sending, shared by all sockets: each releases or abandons its slots before another one sends.
 */
const SLOTS = new SendSlots();

class DgramTransport implements DatagramTransport {
  readonly local: TftpEndpointAddress;
  readonly #handler: DatagramHandler;
  readonly #peer: TftpEndpointAddress | undefined;
  readonly #maxQueuedBytes: number;
  readonly #isReplaceable: () => boolean;
  readonly #another: () => Socket;
  #socket: Socket;
  #isReferenced = true;
  /** Datagrams held while the kernel accepts none, starting with rejected ones; otherwise undefined. */
  #held: DatagramToSend[] | undefined;
  #lookAgain: NodeJS.Timeout | undefined;
  #changing: NodeJS.Immediate | undefined;
  /**
   * Datagrams received in this turn of the event loop. They are answered together, since each answer
   * sent alone would cost a wake-up of its receiver. A single client, however, which waits for each
   * answer, would run at half its speed if it also waited for the end of the turn.
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
    terms: {
      readonly peer: TftpEndpointAddress | undefined;
      readonly maxQueuedBytes: number;
      readonly isReplaceable: () => boolean;
      /** Creates an unbound socket of the same kind. */
      readonly another: () => Socket;
    },
    handler: DatagramHandler,
  ) {
    this.#socket = socket;
    this.#peer = terms.peer;
    this.#maxQueuedBytes = terms.maxQueuedBytes;
    this.#isReplaceable = terms.isReplaceable;
    this.#another = terms.another;
    this.#handler = handler;
    this.local = local;
    this.#listen(socket);
  }

  #listen(socket: Socket): void {
    socket.on('message', (payload, { address, port }) => {
      this.#take({ remote: this.#remote(address, port), payload });
    });
    socket.on('error', (error) => {
      this.#handler.failed(error);
    });
  }

  send(batch: readonly DatagramToSend[]): void {
    if (this.#held !== undefined) {
      this.#hold(this.#held, batch);
    } else if (this.#isOpen && this.#socket.getSendQueueSize() <= this.#maxQueuedBytes) {
      this.#sendNow(batch);
    }
  }

  #sendNow(all: readonly DatagramToSend[]): void {
    const batch = ABSENT.isEmpty ? all : all.filter(({ remote }) => !ABSENT.has(remote.address));
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
    const refused = this.#socket.getSendQueueCount();
    if (refused > 0) {
      SLOTS.abandon();
      if (this.#isReplaceable()) {
        ABSENT.look();
        this.#held = [];
        this.#hold(this.#held, batch.slice(-refused));
        this.#wait(refused);
      }
    }
  }

  /** Holds copies, since the caller may reuse the bytes of a datagram after the call. */
  #hold(held: DatagramToSend[], batch: readonly DatagramToSend[]): void {
    for (const { remote, head, body } of batch.slice(0, MAX_HELD - held.length)) {
      held.push({ remote, head: head.slice(), ...(body !== undefined && { body: body.slice() }) });
    }
  }

  /** Waits for the kernel to accept rejected datagrams; replaces the socket if it accepts none. */
  #wait(refused: number): void {
    this.#lookAgain = setTimeout(() => {
      const left = this.#socket.getSendQueueCount();
      this.#held?.splice(0, refused - left);
      if (left === 0) {
        this.#goOn();
      } else if (left < refused) {
        this.#wait(left);
      } else {
        // Right after the reads of this turn: datagrams unread by then are lost.
        this.#changing = setImmediate(() => {
          this.#change();
        });
      }
    }, STUCK_MS);
  }

  #goOn(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#sendNow(held);
  }

  /** Replaces the socket; binds the new one immediately, so that few datagrams are lost. */
  #change(): void {
    const { address, port } = this.local;
    const progress = { isBound: false };
    this.#socket.removeAllListeners('message');
    this.#socket.close();
    this.#socket = this.#another();
    this.#listen(this.#socket);
    this.#socket.once('listening', () => {
      progress.isBound = true;
    });
    this.#socket.bind({ address, port, exclusive: true });
    if (!this.#isReferenced) {
      this.#socket.unref();
    }
    if (progress.isBound) {
      this.#handler.replaced?.();
      this.#goOn();
    } else {
      this.#lookAgain = setTimeout(() => {
        this.#change();
      }, BIND_AGAIN_MS);
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
    this.#isReferenced = false;
    if (this.#isOpen) {
      this.#socket.unref();
    }
  }

  async close(): Promise<void> {
    if (this.#isOpen) {
      this.#isOpen = false;
      clearImmediate(this.#handOver);
      clearTimeout(this.#lookAgain);
      clearImmediate(this.#changing);
      await new Promise<void>((resolve) => {
        this.#socket.close(resolve);
      });
    }
  }
}
