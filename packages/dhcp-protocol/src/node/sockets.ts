import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import { DHCP_CLIENT_PORT, DHCP_SERVER_PORT, PXE_BOOT_SERVER_PORT } from '../codec/constants.js';
import { type Answer, BROADCAST_ADDRESS } from '../responder/responder.js';
import { DhcpListenError } from './listen-error.js';

/** Sockets of a ProxyDHCP service on one interface. */
export interface ServiceSockets {
  /** Sockets that receive questions on port 67. */
  readonly proxy: readonly Socket[];
  /** Sends an answer from port 67. */
  readonly sendFromProxy: SendAnswer;
  /** Receives and answers questions on port 4011. */
  readonly bootServer: Socket;
  readonly all: readonly Socket[];
}

/** Sends an answer; `done` gets the system error, or null. */
export type SendAnswer = (answer: Answer, done: (error: Error | null) => void) => void;

/**
 * Opens the sockets of a service on the interface that has an address.
 *
 * Linux delivers a broadcast to all sockets of its port, but a unicast datagram only to the one whose address
 * matches best. So a socket that is bound to an address of this host would take lease renewals from a DHCP
 * server on this host, and keep one that does not share its port (Kea) from starting. The fewest possible
 * sockets are bound:
 *
 * | socket on port 67      | when                                     | purpose                                  |
 * | ---------------------- | ---------------------------------------- | ---------------------------------------- |
 * | 255.255.255.255        | always                                   | broadcasts, which everybody gets         |
 * | `address`, connected   | if broadcasts leave by another interface | sends on the right one; receives nothing |
 * | `address`, not shared  | if relays are served                     | their questions; no DHCP server may run here |
 *
 * @param onError - called with the errors of all sockets from when they are bound. Anyone can cause one for the
 * connected socket, by an ICMP message about a datagram that it may have sent
 * @throws {@link DhcpListenError} when a port cannot be bound
 */
export async function openSockets(
  address: string,
  relays: boolean,
  onError: (error: Error) => void,
): Promise<ServiceSockets> {
  const all: Socket[] = [];
  const opened = async (...args: Parameters<typeof bound>): Promise<Socket> => {
    const socket = await bound(...args);
    socket.on('error', onError);
    all.push(socket);
    socket.setBroadcast(true);
    return socket;
  };
  try {
    const broadcasts = await opened(BROADCAST_ADDRESS, DHCP_SERVER_PORT, { shared: true });
    const proxy = [broadcasts];
    let sendFromProxy = sendFrom(broadcasts);
    if (relays) {
      const relayed = await opened(address, DHCP_SERVER_PORT, { shared: false });
      proxy.push(relayed);
      sendFromProxy = sendFrom(relayed);
    } else if ((await broadcastSource()) !== address) {
      const toLink = await opened(address, DHCP_SERVER_PORT, { shared: true });
      // Only datagrams from the broadcast address could reach it now, and there are none.
      await connect(toLink);
      sendFromProxy = ({ bytes }, done) => {
        toLink.send(bytes, done);
      };
    }
    const bootServer = await opened(address, PXE_BOOT_SERVER_PORT, { shared: false });
    return { proxy, sendFromProxy, bootServer, all };
  } catch (error) {
    await Promise.all(all.map(closed));
    throw error;
  }
}

/** Returns a function that sends answers from an unconnected socket. */
export function sendFrom(socket: Socket): SendAnswer {
  return ({ bytes, to }, done) => {
    socket.send(bytes, to.port, to.address, done);
  };
}

/** Closes a socket. */
export async function closed(socket: Socket): Promise<void> {
  const end = once(socket, 'close');
  socket.close();
  await end;
}

/** Returns the address that broadcasts of this host are sent from; undefined if it has no route for them. */
async function broadcastSource(): Promise<string | undefined> {
  const socket = createSocket('udp4');
  try {
    socket.bind();
    await once(socket, 'listening');
    socket.setBroadcast(true);
    await connect(socket);
    return socket.address().address;
  } catch {
    // ENETUNREACH: there is neither a default route nor one for broadcasts.
    return undefined;
  } finally {
    socket.close();
  }
}

async function connect(socket: Socket): Promise<void> {
  const connected = once(socket, 'connect');
  socket.connect(DHCP_CLIENT_PORT, BROADCAST_ADDRESS);
  await connected;
}

/** Binds a socket; a shared one lets others that allow it bind the same port. */
async function bound(
  address: string,
  port: number,
  { shared }: { readonly shared: boolean },
): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr: shared });
  try {
    // Exclusive: each worker of a cluster binds its own socket.
    socket.bind({ address, port, exclusive: true });
    await once(socket, 'listening');
    return socket;
  } catch (error) {
    socket.close();
    throw new DhcpListenError(address, port, error);
  }
}
