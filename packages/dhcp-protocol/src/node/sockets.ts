import { createSocket } from 'node:dgram';
import { once } from 'node:events';

import { DHCP_CLIENT_PORT, DHCP_SERVER_PORT, PXE_BOOT_SERVER_PORT } from '../codec/constants.js';
import { BROADCAST_ADDRESS, type DatagramAddress } from '../responder/responder.js';
import { DhcpListenError } from './listen-error.js';
import {
  bindDgramSocket,
  type BindDhcpSocket,
  type DhcpSocket,
  type DhcpSocketBinding,
} from './udp-socket.js';

/** Interface to open sockets on. */
export interface SocketLink {
  /** IPv4 address of this host on the interface. */
  readonly address: string;
  /** Name of the interface. */
  readonly link: string;
  /** Binds sockets to the interface; undefined for those of `node:dgram`, which cannot be bound to one. */
  readonly bind: BindDhcpSocket | undefined;
}

/** Callbacks of the sockets of a link. */
export interface PortHandler {
  received(datagram: Uint8Array, from: DatagramAddress): void;
  /** Called when a socket cannot receive or send. It stays open. */
  failed(error: Error): void;
}

/** Open UDP port. */
export interface OpenPort extends AsyncDisposable {
  send(bytes: Uint8Array, to: DatagramAddress): void;
  close(): Promise<void>;
}

/**
 * Opens port 67 or 68 of a link for broadcasts.
 *
 * Linux delivers a broadcast to all sockets of its port, but a unicast datagram only to the one whose address
 * matches best. So a socket that is bound to an address of this host would take lease renewals from a DHCP
 * server on this host, or answers from a DHCP client, and keep a server that does not share its port (Kea)
 * from starting. The fewest possible sockets are bound:
 *
 * | socket                 | when                                           | purpose                                  |
 * | ---------------------- | ---------------------------------------------- | ---------------------------------------- |
 * | 255.255.255.255        | always; bound to the interface if that is possible | broadcasts, which all sockets of the port get |
 * | `address`, connected   | if broadcasts leave by another interface       | sends on the right link; receives nothing |
 * | `address`, not shared  | if relays are served                           | questions from relays; no DHCP server can use the port on this host |
 *
 * @param relays - true to receive what is sent to `address`, too, and to send from there
 * @throws {@link DhcpListenError} when the port cannot be bound
 */
export async function openBroadcastPort(
  { address, link, bind }: SocketLink,
  port: typeof DHCP_CLIENT_PORT | typeof DHCP_SERVER_PORT,
  handler: PortHandler,
  { relays = false }: { readonly relays?: boolean } = {},
): Promise<OpenPort> {
  const sockets: DhcpSocket[] = [];
  const open = async (at: string, how: Partial<DhcpSocketBinding>): Promise<DhcpSocket> => {
    const binding = { at: { address: at, port }, reuseAddr: true, broadcast: true, ...how };
    const socket = await bound(bind ?? bindDgramSocket, binding, handler);
    sockets.push(socket);
    return socket;
  };
  try {
    const broadcasts = await open(BROADCAST_ADDRESS, bind === undefined ? {} : { device: link });
    let sender = broadcasts;
    if (relays) {
      // An answer to a relay has to come from the address that the relay asked.
      sender = await open(address, { reuseAddr: false });
    } else if (bind === undefined && (await broadcastSource()) !== address) {
      const peerPort = port === DHCP_SERVER_PORT ? DHCP_CLIENT_PORT : DHCP_SERVER_PORT;
      // A socket connected to the broadcast address receives nothing: no datagram comes from that address.
      sender = await open(address, {
        peer: { address: BROADCAST_ADDRESS, port: peerPort, family: 'IPv4' },
      });
    }
    return portOf(sender, sockets);
  } catch (error) {
    await Promise.all(sockets.map((socket) => socket.close()));
    throw error;
  }
}

/**
 * Opens port 4011 of an address.
 *
 * @throws {@link DhcpListenError} when the port cannot be bound
 */
export async function openBootServerPort(
  { address, bind = bindDgramSocket }: SocketLink,
  handler: PortHandler,
): Promise<OpenPort> {
  const at = { address, port: PXE_BOOT_SERVER_PORT };
  const socket = await bound(bind, { at, reuseAddr: false, broadcast: true }, handler);
  return portOf(socket, [socket]);
}

function portOf(sender: DhcpSocket, sockets: readonly DhcpSocket[]): OpenPort {
  const close = async (): Promise<void> => {
    await Promise.all(sockets.map((socket) => socket.close()));
  };
  return {
    send(bytes, { address, port }) {
      sender.send([{ remote: { address, port, family: 'IPv4' }, head: bytes }]);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Returns the address that this host sends broadcasts from; undefined if it has no route for them. */
async function broadcastSource(): Promise<string | undefined> {
  const socket = createSocket('udp4');
  try {
    socket.bind();
    await once(socket, 'listening');
    socket.setBroadcast(true);
    const connected = once(socket, 'connect');
    socket.connect(DHCP_CLIENT_PORT, BROADCAST_ADDRESS);
    await connected;
    return socket.address().address;
  } catch {
    // ENETUNREACH: there is neither a default route nor one for broadcasts.
    return undefined;
  } finally {
    socket.close();
  }
}

async function bound(
  bind: BindDhcpSocket,
  binding: DhcpSocketBinding,
  handler: PortHandler,
): Promise<DhcpSocket> {
  const fail = (error: Error): void => {
    handler.failed(error);
  };
  try {
    return await bind(binding, {
      received(batch) {
        for (const { remote, payload } of batch) {
          handler.received(payload, remote);
        }
      },
      failed: fail,
      unsent: fail,
    });
  } catch (error) {
    throw new DhcpListenError(binding.at.address, binding.at.port, error);
  }
}
