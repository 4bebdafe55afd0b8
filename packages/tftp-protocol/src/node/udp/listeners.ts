import { type TftpEndpointAddress } from '../../endpoint/address.js';
import { type DatagramTransport, type ReceivedDatagram } from './datagram-transport.js';
import { bindDgramTransport, type DgramAddress } from './dgram-transport.js';
import { type TftpInheritedSocket } from './inherited-sockets.js';
import { TftpListenError } from './listen-error.js';
import { localAddresses } from './local-addresses.js';

/** How often `auto` looks for new addresses, in milliseconds. */
const RESCAN_MS = 30_000;

/**
 * When `auto` looks again for the first time while an address is not ready; in milliseconds. A new
 * IPv6 address is tentative for a second or so (RFC 4862 §5.4), and cannot be bound until then.
 */
const FIRST_RETRY_MS = 500;

/** How large the kernel is asked to make the buffers of a socket, in bytes. */
export interface SocketBuffers {
  readonly receiveBytes: number;
  readonly sendBytes: number;
}

/** What {@link Listeners} tell their owner. */
export interface ListenersHandler {
  /** Datagrams came for `local`; answers leave from there. */
  received(local: DatagramTransport, batch: readonly ReceivedDatagram[]): void;
  opened(local: TftpEndpointAddress): void;
  closed(local: TftpEndpointAddress): void;
  failed(error: TftpListenError): void;
}

interface Listener {
  readonly transport: DatagramTransport;
  /** Takes what is sent to the network's broadcast address. */
  broadcast: DatagramTransport | undefined;
}

/** The listening sockets of a server. */
export class Listeners {
  readonly #buffers: SocketBuffers;
  readonly #handler: ListenersHandler;
  readonly #listeners = new Set<Listener>();
  /** Addresses of `auto` that could not be bound, and were told of. */
  readonly #refused = new Set<string>();
  #rescan: NodeJS.Timeout | undefined;
  #isOpen = true;
  /** The scan under way; scans never overlap. */
  #scan: Promise<void> = Promise.resolve();

  constructor(buffers: SocketBuffers, handler: ListenersHandler) {
    this.#buffers = buffers;
    this.#handler = handler;
  }

  /** Where the server listens at present. */
  get addresses(): TftpEndpointAddress[] {
    return [...this.#listeners].map(({ transport }) => transport.local);
  }

  /**
   * Binds the addresses given and takes over inherited sockets; all or none.
   *
   * @throws TftpListenError for the first that cannot be bound
   */
  async openAll(places: readonly (DgramAddress | TftpInheritedSocket)[]): Promise<void> {
    try {
      for (const at of places) {
        await this.#open(at);
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
    const refused = await this.#scanOnce(port);
    const decisive = refused.find((error) => !isNotReady(error));
    if (decisive !== undefined) {
      await this.close();
      throw decisive;
    }
    this.#report(refused);
    this.#scanLater(port, refused, FIRST_RETRY_MS);
  }

  /** Closes every socket. */
  async close(): Promise<void> {
    this.#isOpen = false;
    clearTimeout(this.#rescan);
    await this.#scan;
    await Promise.all([...this.#listeners].map((listener) => this.#close(listener)));
  }

  /** @param retryMs - when to look again should an address not be ready; doubles each time */
  #scanLater(port: number, refused: readonly TftpListenError[], retryMs: number): void {
    const delayMs = refused.some(isNotReady) ? Math.min(retryMs, RESCAN_MS) : RESCAN_MS;
    this.#rescan = setTimeout(() => {
      this.#scan = this.#rescanned(port, 2 * retryMs);
    }, delayMs).unref();
  }

  async #rescanned(port: number, retryMs: number): Promise<void> {
    const refused = await this.#scanOnce(port);
    this.#report(refused);
    if (this.#isOpen) {
      this.#scanLater(port, refused, refused.length === 0 ? FIRST_RETRY_MS : retryMs);
    }
  }

  /** Tells of each address that cannot be bound, once until it can be. */
  #report(refused: readonly TftpListenError[]): void {
    for (const error of refused.filter(({ address }) => !this.#refused.has(address))) {
      this.#handler.failed(error);
    }
    this.#refused.clear();
    for (const { address } of refused) {
      this.#refused.add(address);
    }
  }

  /** @returns why addresses could not be bound */
  async #scanOnce(port: number): Promise<TftpListenError[]> {
    const present = localAddresses();
    for (const listener of this.#listeners) {
      if (!present.some(({ address }) => address === listener.transport.local.address)) {
        await this.#close(listener);
      }
    }
    const refused: TftpListenError[] = [];
    for (const { address, broadcast } of present.filter(() => this.#isOpen)) {
      const known = [...this.#listeners].find(
        ({ transport }) => transport.local.address === address,
      );
      try {
        const listener = known ?? (await this.#open({ address, port }));
        if (broadcast !== undefined) {
          listener.broadcast ??= await this.#openBroadcast(broadcast, listener);
        }
      } catch (error) {
        if (!(error instanceof TftpListenError)) {
          throw error;
        }
        refused.push(error);
      }
    }
    return refused;
  }

  async #open(at: DgramAddress | TftpInheritedSocket): Promise<Listener> {
    const transport = await this.#bind(at, () => listener);
    const listener: Listener = { transport, broadcast: undefined };
    this.#listeners.add(listener);
    this.#handler.opened(transport.local);
    return listener;
  }

  /**
   * Two addresses of one network share its broadcast address; the first one answers for both, as long
   * as it is there.
   */
  async #openBroadcast(
    address: string,
    listener: Listener,
  ): Promise<DatagramTransport | undefined> {
    try {
      return await this.#bind({ address, port: listener.transport.local.port }, () => listener);
    } catch (error) {
      if (error instanceof TftpListenError && !hasCode(error.cause, 'EADDRINUSE')) {
        this.#handler.failed(error);
      }
      return undefined;
    }
  }

  /** @param owner - answers leave from its address; asked only once datagrams come in */
  async #bind(
    at: DgramAddress | TftpInheritedSocket,
    owner: () => Listener,
  ): Promise<DatagramTransport> {
    const { receiveBytes, sendBytes } = this.#buffers;
    try {
      return await bindDgramTransport(
        { at, recvBufferSize: receiveBytes, sendBufferSize: sendBytes },
        {
          received: (batch) => {
            this.#handler.received(owner().transport, batch);
          },
          failed: (error) => {
            this.#handler.failed(new TftpListenError(at, error));
            void this.#close(owner());
          },
        },
      );
    } catch (error) {
      throw new TftpListenError(at, error);
    }
  }

  async #close(listener: Listener): Promise<void> {
    if (this.#listeners.delete(listener)) {
      await Promise.all([listener.transport.close(), listener.broadcast?.close()]);
      this.#handler.closed(listener.transport.local);
    }
  }
}

/** Whether an address is gone again, or not to be used yet. */
function isNotReady({ cause }: TftpListenError): boolean {
  return hasCode(cause, 'EADDRNOTAVAIL', 'ENODEV');
}

function hasCode(cause: unknown, ...codes: readonly string[]): boolean {
  return cause instanceof Error && 'code' in cause && codes.some((code) => code === cause.code);
}
