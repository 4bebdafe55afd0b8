import { type TftpEndpointAddress } from '../../endpoint/address.js';
import { type DatagramTransport, type ReceivedDatagram } from './datagram-transport.js';
import { bindDgramTransport } from './dgram-transport.js';
import { TftpListenError } from './listen-error.js';
import { type LocalAddress, localAddresses } from './local-addresses.js';
import { type TftpListenAddress } from '../server/server-options.js';

/** How often `auto` looks for new addresses, in milliseconds. */
const RESCAN_MS = 30_000;

/** SO_RCVBUF asked for: a rack that boots at once must not overflow it. In bytes. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** SO_SNDBUF asked for: a full window of 4 MiB is never all in flight. In bytes. */
const SEND_BUFFER_BYTES = 2 * 1024 * 1024;

/** What {@link Listeners} tell their owner. */
export interface ListenersHandler {
  /** Datagrams came for `local`; answers leave from there. */
  received(local: DatagramTransport, batch: readonly ReceivedDatagram[]): void;
  opened(local: TftpEndpointAddress): void;
  closed(local: TftpEndpointAddress): void;
  failed(error: TftpListenError): void;
}

interface Listener {
  /** The address as it was asked for. */
  readonly address: string;
  readonly transport: DatagramTransport;
  /** Takes what is sent to the network's broadcast address. */
  broadcast: DatagramTransport | undefined;
}

/** The listening sockets of a server. */
export class Listeners {
  readonly #handler: ListenersHandler;
  readonly #listeners = new Set<Listener>();
  #rescan: NodeJS.Timeout | undefined;
  #isOpen = true;
  /** The scan under way; scans never overlap. */
  #scan: Promise<void> = Promise.resolve();

  constructor(handler: ListenersHandler) {
    this.#handler = handler;
  }

  /** Where the server listens at present. */
  get addresses(): TftpEndpointAddress[] {
    return [...this.#listeners].map(({ transport }) => transport.local);
  }

  /**
   * Binds the addresses given; all or none.
   *
   * @throws TftpListenError for the first that cannot be bound
   */
  async openAll(addresses: readonly Required<TftpListenAddress>[]): Promise<void> {
    try {
      for (const { address, port } of addresses) {
        await this.#open({ address, broadcast: undefined }, port);
      }
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /**
   * Binds a socket for each address of this host and keeps up with the addresses.
   *
   * @throws TftpListenError when one cannot be bound, unless its address is gone or not ready yet
   */
  async openAuto(port: number): Promise<void> {
    const refused: TftpListenError[] = [];
    await this.#scanOnce(port, (error) => refused.push(error));
    const decisive = refused.find(({ cause }) => !hasCode(cause, 'EADDRNOTAVAIL', 'ENODEV'));
    if (decisive !== undefined) {
      await this.close();
      throw decisive;
    }
    for (const error of refused) {
      this.#handler.failed(error);
    }
    this.#rescan = setInterval(() => {
      this.#scan = this.#scan.then(() =>
        this.#scanOnce(port, (error) => {
          this.#handler.failed(error);
        }),
      );
    }, RESCAN_MS).unref();
  }

  /** Closes every socket. */
  async close(): Promise<void> {
    this.#isOpen = false;
    clearInterval(this.#rescan);
    await this.#scan;
    await Promise.all([...this.#listeners].map((listener) => this.#close(listener)));
  }

  async #scanOnce(port: number, refuse: (error: TftpListenError) => void): Promise<void> {
    const present = localAddresses();
    for (const listener of this.#listeners) {
      if (!present.some(({ address }) => address === listener.address)) {
        await this.#close(listener);
      }
    }
    for (const local of present) {
      const isNew = ![...this.#listeners].some(({ address }) => address === local.address);
      if (this.#isOpen && isNew) {
        try {
          await this.#open(local, port);
        } catch (error) {
          refuse(error as TftpListenError);
        }
      }
    }
  }

  async #open({ address, broadcast }: LocalAddress, port: number): Promise<void> {
    const transport = await this.#bind(address, port, () => listener);
    const listener: Listener = { address, transport, broadcast: undefined };
    this.#listeners.add(listener);
    this.#handler.opened(transport.local);
    if (broadcast !== undefined) {
      listener.broadcast = await this.#openBroadcast(broadcast, listener);
    }
  }

  /** Two addresses of one network share its broadcast address; the first one answers for both. */
  async #openBroadcast(
    address: string,
    listener: Listener,
  ): Promise<DatagramTransport | undefined> {
    try {
      return await this.#bind(address, listener.transport.local.port, () => listener);
    } catch (error) {
      if (error instanceof TftpListenError && !hasCode(error.cause, 'EADDRINUSE')) {
        this.#handler.failed(error);
      }
      return undefined;
    }
  }

  /** @param owner - answers leave from its address; asked only once datagrams come in */
  async #bind(address: string, port: number, owner: () => Listener): Promise<DatagramTransport> {
    try {
      return await bindDgramTransport(
        {
          address,
          port,
          recvBufferSize: RECEIVE_BUFFER_BYTES,
          sendBufferSize: SEND_BUFFER_BYTES,
        },
        {
          received: (batch) => {
            this.#handler.received(owner().transport, batch);
          },
          failed: (error) => {
            this.#handler.failed(new TftpListenError(address, port, error));
            void this.#close(owner());
          },
        },
      );
    } catch (error) {
      throw new TftpListenError(address, port, error);
    }
  }

  async #close(listener: Listener): Promise<void> {
    if (this.#listeners.delete(listener)) {
      await Promise.all([listener.transport.close(), listener.broadcast?.close()]);
      this.#handler.closed(listener.transport.local);
    }
  }
}

function hasCode(cause: unknown, ...codes: readonly string[]): boolean {
  return cause instanceof Error && 'code' in cause && codes.some((code) => code === cause.code);
}
