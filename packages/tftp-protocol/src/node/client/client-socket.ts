import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';
import {
  type DatagramHandler,
  type DatagramToSend,
  type DatagramTransport,
} from '../udp/datagram-transport.js';
import { bindDgramSocket } from '../udp/dgram-socket.js';

/** Callbacks of a {@link ClientSocket}. */
export interface ClientSocketHandler extends DatagramHandler {
  /** Called if ICMP reports the server's request port as unreachable. */
  refused(error: Error): void;
}

/** Maximum number of ports to try: another process may take a port between the two binds. */
const PORT_TRIES = 8;

/**
 * UDP port of a client, made of two sockets. A server may answer from any port (RFC 1350 §4), which requires
 * an unconnected socket; but only a connected socket learns that no program is listening. So one socket,
 * connected to the server's port, sends the request, and a second one, bound to the same local port, receives
 * datagrams from other ports.
 */
export class ClientSocket {
  readonly #server: TftpEndpointAddress;
  readonly #requests: DatagramTransport;
  readonly #transfer: DatagramTransport;

  private constructor(
    server: TftpEndpointAddress,
    requests: DatagramTransport,
    transfer: DatagramTransport,
  ) {
    this.#server = server;
    this.#requests = requests;
    this.#transfer = transfer;
  }

  /**
   * Binds a port chosen by the system.
   *
   * @param server - address that requests are sent to
   * @throws Node.js system error with a `code` (`EADDRNOTAVAIL`, `ENETUNREACH`, `EMFILE`, ...)
   */
  static async open(
    server: TftpEndpointAddress,
    localAddress: string | undefined,
    handler: ClientSocketHandler,
  ): Promise<ClientSocket> {
    const address = localAddress ?? (server.family === 'IPv6' ? '::' : '0.0.0.0');
    const transfer = await bindShared(address, handler);
    try {
      const requests = await bindDgramSocket(
        { at: { address, port: transfer.local.port }, reuseAddr: true, peer: server },
        {
          received: (batch) => {
            handler.received(batch);
          },
          failed: (error) => {
            handler.refused(error);
          },
        },
      );
      return new ClientSocket(server, requests, transfer);
    } catch (error) {
      await transfer.close();
      throw error;
    }
  }

  /** Sends a datagram. */
  send(datagram: DatagramToSend): void {
    const { address, port } = datagram.remote;
    const isRequestPort = port === this.#server.port && address === this.#server.address;
    (isRequestPort ? this.#requests : this.#transfer).send([datagram]);
  }

  /** Closes both sockets. */
  async close(): Promise<void> {
    await Promise.all([this.#requests.close(), this.#transfer.close()]);
  }
}

/**
 * Binds a free port so that a second socket can share it. With port 0 the system may pick a port that
 * other sockets share already, so an exclusive socket finds a free one first.
 */
async function bindShared(address: string, handler: DatagramHandler): Promise<DatagramTransport> {
  for (let tries = 1; ; tries += 1) {
    const probe = await bindDgramSocket(
      { at: { address, port: 0 } },
      { received: () => undefined, failed: () => undefined },
    );
    const { port } = probe.local;
    await probe.close();
    try {
      return await bindDgramSocket({ at: { address, port }, reuseAddr: true }, handler);
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!isTaken || tries === PORT_TRIES) {
        throw error;
      }
    }
  }
}
