import { createSocket, type Socket } from 'node:dgram';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { isIPv4, isIPv6 } from 'node:net';
import { constants } from 'node:os';

import { systemError, UdpBatchError } from './errors.js';
import {
  datagramsOf,
  joined,
  MAX_QUEUED_BYTES,
  MAX_QUEUED_DATAGRAMS,
  type UdpBinding,
  type UdpDatagram,
  type UdpEndpoint,
  type UdpHandler,
  type UdpPack,
  type UdpSeries,
  type UdpSocket,
  unpacked,
} from './udp-socket.js';

/** Prefix of IPv4 addresses on a dual-stack IPv6 socket (RFC 4291 §2.5.5.2). */
const MAPPED = '::ffff:';

/**
 * Binds a socket of `node:dgram`, one datagram per system call.
 *
 * @throws {@link UdpBatchError} when an option needs the native module
 * @throws Node.js system error when the socket cannot be opened, set up, bound or connected
 */
export async function bindDgramSocket(
  binding: UdpBinding,
  handler: UdpHandler,
): Promise<UdpSocket> {
  for (const option of ['reusePort', 'packetInfo', 'allowFragmentation'] as const) {
    if (binding[option] === true) {
      throw new UdpBatchError(`${option} needs the native module`);
    }
  }
  if (binding.device !== undefined) {
    throw new UdpBatchError('device needs the native module');
  }
  const {
    at,
    peer,
    reuseAddr = false,
    broadcast = false,
    recvBufferSize,
    sendBufferSize,
  } = binding;
  const family = familyOf(at);
  const socket = createSocket({
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
  try {
    await done(socket, (callback) => {
      socket.bind({ ...at, exclusive: true }, callback);
    });
    if (broadcast) {
      socket.setBroadcast(true);
    }
    if (peer !== undefined) {
      await done(socket, (callback) => {
        socket.connect(peer.port, peer.address, callback);
      });
    }
  } catch (error) {
    socket.close();
    throw error;
  }
  return new DgramSocket(socket, boundAddress(socket, at, family), binding, handler);
}

/** Waits for a call that reports its error to the callback (`connect`) or as an event (`bind`). */
function done(socket: Socket, call: (callback: (error?: Error) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    call((error) => {
      socket.off('error', reject);
      if (error === undefined) {
        resolve();
      } else {
        reject(error);
      }
    });
  });
}

/** Returns the family of a socket, which `node:dgram` needs to know. */
function familyOf(at: UdpBinding['at']): 'IPv4' | 'IPv6' {
  if ('address' in at) {
    return isIPv6(at.address) ? 'IPv6' : 'IPv4';
  }
  // The link leads to a name such as "socket:[4711]". Reading it avoids fstatSync(), after which Node's
  // realpathSync() may leave links unresolved.
  const inode = /\d+/.exec(readlinkSync(`/proc/self/fd/${at.fd}`))?.[0];
  const table = '/proc/self/net/udp6';
  /* v8 ignore next -- @preserve: the table is missing without IPv6 */
  const sockets = existsSync(table) ? readFileSync(table, 'utf8').split('\n') : [];
  const isIPv6Socket = sockets.some((line) => line.trim().split(/\s+/)[9] === inode);
  /* v8 ignore next -- @preserve: a process cannot inherit its own socket; test/support/echo.js does */
  return isIPv6Socket ? 'IPv6' : 'IPv4';
}

/** Returns the address of a bound socket; the system omits the scope of a link-local address. */
function boundAddress(socket: Socket, at: UdpBinding['at'], family: 'IPv4' | 'IPv6'): UdpEndpoint {
  const { address, port } = socket.address();
  /* v8 ignore next -- @preserve: as above */
  return { address: 'fd' in at ? address : at.address, port, family };
}

function isReachable(local: UdpEndpoint, { address, port }: UdpEndpoint): boolean {
  const isOfFamily = isIPv4(address) || (isIPv6(address) && local.family === 'IPv6');
  return isOfFamily && Number.isInteger(port) && port > 0 && port <= 0xffff;
}

/** Returns the address of a peer; an inherited socket may be dual-stack and have IPv4 peers. */
function remoteOf(address: string, port: number, { family }: UdpEndpoint): UdpEndpoint {
  const isMapped = family === 'IPv6' && address.startsWith(MAPPED);
  /* v8 ignore next 3 -- @preserve: as above */
  return isMapped
    ? { address: address.slice(MAPPED.length), port, family: 'IPv4' }
    : { address, port, family };
}

/** Returns the address of a peer in the form that system calls expect. */
function systemAddress(address: string, { family }: UdpEndpoint): string {
  /* v8 ignore next -- @preserve: as above */
  return family === 'IPv6' && isIPv4(address) ? MAPPED + address : address;
}

class DgramSocket implements UdpSocket {
  readonly local: UdpEndpoint;
  readonly #socket: Socket;
  readonly #handler: UdpHandler;
  readonly #isConnected: boolean;
  readonly #maxQueuedBytes: number;
  #isOpen = true;

  constructor(socket: Socket, local: UdpEndpoint, binding: UdpBinding, handler: UdpHandler) {
    this.local = local;
    this.#socket = socket;
    this.#handler = handler;
    this.#isConnected = binding.peer !== undefined;
    this.#maxQueuedBytes = binding.maxQueuedBytes ?? MAX_QUEUED_BYTES;
    socket.on('message', (payload, { address, port }) => {
      handler.received([{ remote: remoteOf(address, port, local), payload }]);
    });
    socket.on('error', (error) => {
      handler.failed(error);
    });
  }

  get queuedDatagrams(): number {
    return this.#isOpen ? this.#socket.getSendQueueCount() : 0;
  }

  get queuedBytes(): number {
    return this.#isOpen ? this.#socket.getSendQueueSize() : 0;
  }

  send(batch: readonly UdpDatagram[]): void {
    for (const datagram of batch) {
      if (this.#isOpen) {
        this.#send(datagram);
      }
    }
  }

  sendSeries(series: UdpSeries): void {
    this.send(datagramsOf(series, 0));
  }

  sendPack(pack: UdpPack): void {
    this.send(unpacked(pack, 0));
  }

  #send(datagram: UdpDatagram): void {
    const { remote, from } = datagram;
    const unsent = (error: Error): void => {
      this.#handler.unsent?.(error, datagram);
    };
    if (from !== undefined) {
      unsent(new UdpBatchError('from needs the native module'));
    } else if (
      this.queuedBytes > this.#maxQueuedBytes ||
      this.queuedDatagrams >= MAX_QUEUED_DATAGRAMS
    ) {
      unsent(systemError('send', constants.errno.ENOBUFS, remote));
    } else if (!this.#isConnected && !isReachable(this.local, remote)) {
      unsent(systemError('send', constants.errno.EINVAL, remote));
    } else {
      const bytes = joined(datagram);
      const sent = (error: Error | null): void => {
        if (error !== null) {
          unsent(error);
        }
      };
      if (this.#isConnected) {
        this.#socket.send(bytes, sent);
      } else {
        this.#socket.send(bytes, remote.port, systemAddress(remote.address, this.local), sent);
      }
    }
  }

  ref(): void {
    if (this.#isOpen) {
      this.#socket.ref();
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
      await new Promise<void>((resolve) => {
        this.#socket.close(resolve);
      });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
