import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';
import {
  type DatagramHandler,
  type DatagramToSend,
  type DatagramTransport,
} from '../udp/datagram-transport.js';
import { bindDgramTransport } from '../udp/dgram-transport.js';

/** What a {@link ClientSocket} reports to its owner. */
export interface ClientSocketHandler extends DatagramHandler {
  /** The port that requests go to cannot be reached, as its host or a router says (ICMP). */
  refused(error: Error): void;
}

/** How often another port is tried when one is taken in the instant between two binds. */
const PORT_TRIES = 8;

/**
 * One UDP port of a client, as two sockets. A server may answer from any port (RFC 1350 §4), which
 * needs a socket that is not connected; but only one that is connected learns that nobody listens.
 * So the request leaves by a socket that is connected to the server's port, and whatever does not
 * come from there reaches the other one, which is bound to the same port.
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
   * Opens a port of the system's choice.
   *
   * @param server - address that requests go to
   * @throws Error of Node with its `code` (`EADDRNOTAVAIL`, `ENETUNREACH`, `EMFILE`, ...)
   */
  static async open(
    server: TftpEndpointAddress,
    localAddress: string | undefined,
    handler: ClientSocketHandler,
  ): Promise<ClientSocket> {
    const address = localAddress ?? (server.family === 'IPv6' ? '::' : '0.0.0.0');
    const transfer = await bindShared(address, handler);
    try {
      const requests = await bindDgramTransport(
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

  /** Closes the port; nothing is received from then on. */
  async close(): Promise<void> {
    await Promise.all([this.#requests.close(), this.#transfer.close()]);
  }
}

/**
 * Binds a free port so that a second socket can be bound to it. The system may give a port that is
 * shared already to one more socket that shares, so a socket that does not is bound there first.
 */
async function bindShared(address: string, handler: DatagramHandler): Promise<DatagramTransport> {
  for (let tries = 1; ; tries += 1) {
    const probe = await bindDgramTransport(
      { at: { address, port: 0 } },
      { received: () => undefined, failed: () => undefined },
    );
    const { port } = probe.local;
    await probe.close();
    try {
      return await bindDgramTransport({ at: { address, port }, reuseAddr: true }, handler);
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!isTaken || tries === PORT_TRIES) {
        throw error;
      }
    }
  }
}
