import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import { type DatagramAddress } from '../responder/responder.js';

/** Datagram to send. */
export interface DhcpDatagram {
  readonly remote: DatagramAddress & { readonly family: 'IPv4' };
  /** UDP payload. */
  readonly head: Uint8Array;
}

/** Bound UDP socket. */
export interface DhcpSocket {
  /** Sends datagrams, in order. */
  send(batch: readonly DhcpDatagram[]): void;
  /** Closes the socket; its port is free afterwards. */
  close(): Promise<void>;
}

/** Address and options of a socket. */
export interface DhcpSocketBinding {
  readonly at: DatagramAddress;
  /** True to share the port with other sockets that also allow sharing (SO_REUSEADDR). */
  readonly reuseAddr: boolean;
  /** True to send broadcasts (SO_BROADCAST). */
  readonly broadcast: boolean;
  /** Only interface to receive from and send to (SO_BINDTODEVICE). */
  readonly device?: string;
  /** Only peer of the socket. */
  readonly peer?: DhcpDatagram['remote'];
}

/** Callbacks of a {@link DhcpSocket}. */
export interface DhcpSocketHandler {
  /** Called with received datagrams. */
  received(
    batch: readonly { readonly remote: DatagramAddress; readonly payload: Uint8Array }[],
  ): void;
  /** Called when receiving fails. The socket stays open. */
  failed(error: Error): void;
  /** Called with the system error of a datagram that cannot be sent. */
  unsent(error: Error): void;
}

/**
 * Binds an IPv4 UDP socket, as `bindUdpSocket` of `@pxe/udp-batch` does. On failure, the promise is rejected
 * with a Node.js system error.
 */
export type BindDhcpSocket = (
  binding: DhcpSocketBinding,
  handler: DhcpSocketHandler,
) => Promise<DhcpSocket>;

/** Binds a socket of `node:dgram`, which cannot be bound to an interface. */
export async function bindDgramSocket(
  { at, reuseAddr, broadcast, peer }: Omit<DhcpSocketBinding, 'device'>,
  handler: DhcpSocketHandler,
): Promise<DhcpSocket> {
  const socket = createSocket({ type: 'udp4', reuseAddr });
  try {
    // Exclusive: each worker of a cluster binds its own socket.
    socket.bind({ ...at, exclusive: true });
    await once(socket, 'listening');
    socket.setBroadcast(broadcast);
    if (peer !== undefined) {
      const connected = once(socket, 'connect');
      socket.connect(peer.port, peer.address);
      await connected;
    }
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.on('message', (payload, { address, port }) => {
    handler.received([{ remote: { address, port }, payload }]);
  });
  socket.on('error', (error) => {
    handler.failed(error);
  });
  const done = (error: Error | null): void => {
    if (error !== null) {
      handler.unsent(error);
    }
  };
  return {
    send(batch) {
      for (const { remote, head } of batch) {
        if (peer === undefined) {
          socket.send(head, remote.port, remote.address, done);
        } else {
          socket.send(head, done);
        }
      }
    },
    close: () => closed(socket),
  };
}

async function closed(socket: Socket): Promise<void> {
  const end = once(socket, 'close');
  socket.close();
  await end;
}
