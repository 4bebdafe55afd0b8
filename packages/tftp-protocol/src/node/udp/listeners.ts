import { BlockList, isIPv4 } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';
import {
  type BindDatagramSocket,
  type DatagramHandler,
  type DatagramTransport,
  type DgramAddress,
  type ReceivedDatagram,
} from './datagram-transport.js';
import { bindDgramSocket } from './dgram-socket.js';
import { type TftpInheritedSocket } from './inherited-sockets.js';
import { TftpListenError } from './listen-error.js';
import { localAddresses } from './local-addresses.js';
import { bindResilientTransport } from './resilient-transport.js';

/**
 * Interval at which `auto` checks for new addresses, in milliseconds: firmware keeps trying for longer than
 * that, so a machine turned on together with its switch gets an answer.
 */
const RESCAN_MS = 5_000;

/**
 * First interval after the start and after each change, in milliseconds; it doubles up to
 * {@link RESCAN_MS}. Addresses rarely change alone: when a link comes up, its IPv4 address is ready
 * immediately, while its IPv6 address is tentative for about a second (RFC 4862 §5.4) and cannot be
 * bound until then.
 */
const RESCAN_AFTER_CHANGE_MS = 500;

/** Broadcast address of the link (RFC 919 §7). */
const LIMITED_BROADCAST = '255.255.255.255';

/** Number of consecutive errors after which a socket is closed and bound again. */
const MAX_ERRORS_IN_A_ROW = 32;

/** Requested buffer sizes of a socket, in bytes. */
export interface SocketBuffers {
  readonly receiveBytes: number;
  readonly sendBytes: number;
}

/** Callbacks of {@link Listeners}. */
export interface ListenersHandler {
  /** Called with datagrams for `local`, which also sends the answers. */
  received(local: DatagramTransport, batch: readonly ReceivedDatagram[]): void;
  opened(local: TftpEndpointAddress): void;
  closed(local: TftpEndpointAddress): void;
  failed(error: TftpListenError): void;
  /**
   * Called after the socket of `local` was replaced because the kernel accepted no more datagrams from it.
   */
  replaced(local: TftpEndpointAddress): void;
  /** Called if the host's addresses cannot be listed; the known ones are kept. */
  scanFailed(error: unknown): void;
}

interface Listener {
  readonly transport: DatagramTransport;
  /** Socket for the network's broadcast address, or for the all-hosts address of the link. */
  broadcast: DatagramTransport | undefined;
  /** Network of the address; only with `auto`. */
  network: BlockList | undefined;
  /** Number of errors since the last datagram. */
  errorsInARow: number;
}

/** Listening sockets of a server. */
export class Listeners {
  readonly #bindSocket: BindDatagramSocket;
  readonly #buffers: SocketBuffers;
  readonly #handler: ListenersHandler;
  readonly #listeners = new Set<Listener>();
  /** Addresses of `auto` that could not be bound and were reported. */
  readonly #refused = new Set<string>();
  /** Failed sockets that are being closed and bound again. */
  readonly #replacing = new Set<Promise<void>>();
  #rescan: NodeJS.Timeout | undefined;
  #isScanFailing = false;
  /** Socket for 255.255.255.255, on all links. */
  #limitedBroadcast: DatagramTransport | undefined;
  readonly #closing = new AbortController();
  /** Current scan; scans never overlap. */
  #scan: Promise<void> = Promise.resolve();

  constructor(bind: BindDatagramSocket, buffers: SocketBuffers, handler: ListenersHandler) {
    this.#bindSocket = bind;
    this.#buffers = buffers;
    this.#handler = handler;
  }

  /** Current listening addresses. */
  get addresses(): TftpEndpointAddress[] {
    return [...this.#listeners].map(({ transport }) => transport.local);
  }

  get #isOpen(): boolean {
    return !this.#closing.signal.aborted;
  }

  /** Number of open sockets, including those for broadcasts. */
  get sockets(): number {
    return [...this.#listeners].reduce(
      (count, { broadcast }) => count + (broadcast === undefined ? 1 : 2),
      this.#limitedBroadcast === undefined ? 0 : 1,
    );
  }

  /**
   * Binds the given addresses and takes over inherited sockets; on an error, none stays open.
   *
   * @throws {@link TftpListenError} for the first one that cannot be bound
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
   * Binds a socket for each address of this host and follows changes to the addresses.
   *
   * @throws {@link TftpListenError} when one cannot be bound, unless its address is gone or not ready yet
   * @throws Node.js system error when the system cannot list the addresses
   */
  async openAuto(port: number): Promise<void> {
    const refused = await this.#scanOnce(port);
    const decisive = refused.find(({ cause }) => !isNotReady(cause));
    if (decisive !== undefined) {
      await this.close();
      throw decisive;
    }
    this.#report(refused);
    this.#scanLater(port, RESCAN_AFTER_CHANGE_MS);
  }

  /** Closes all sockets. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#rescan);
    await Promise.all([this.#scan, ...this.#replacing]);
    await Promise.all([
      this.#limitedBroadcast?.close(),
      ...[...this.#listeners].map((listener) => this.#close(listener)),
    ]);
  }

  #scanLater(port: number, delayMs: number): void {
    this.#rescan = setTimeout(() => {
      this.#scan = this.#scanAgain(port, delayMs);
    }, delayMs).unref();
  }

  async #scanAgain(port: number, delayMs: number): Promise<void> {
    const before = [...this.#listeners];
    try {
      this.#report(await this.#scanOnce(port));
      this.#isScanFailing = false;
    } catch (error) {
      // Most likely the process is out of file descriptors. The sockets are kept, and the next scan tries
      // again.
      if (!this.#isScanFailing) {
        this.#isScanFailing = true;
        this.#handler.scanFailed(error);
      }
    }
    if (this.#isOpen) {
      const isChanged =
        before.length !== this.#listeners.size || !before.every((one) => this.#listeners.has(one));
      const nextMs = isChanged ? RESCAN_AFTER_CHANGE_MS : Math.min(2 * delayMs, RESCAN_MS);
      this.#scanLater(port, nextMs);
    }
  }

  /** Reports each address that cannot be bound, once until it can be. */
  #report(refused: readonly TftpListenError[]): void {
    for (const error of refused.filter(({ address }) => !this.#refused.has(address))) {
      this.#handler.failed(error);
    }
    this.#refused.clear();
    for (const { address } of refused) {
      this.#refused.add(address);
    }
  }

  /**
   * Closes the sockets of addresses that are gone, and binds missing ones.
   *
   * @returns the errors of addresses that could not be bound
   */
  async #scanOnce(port: number): Promise<TftpListenError[]> {
    const present = localAddresses();
    for (const listener of this.#listeners) {
      const { address } = listener.transport.local;
      if (!present.some((one) => one.address === address) && (await isGone(address))) {
        await this.#close(listener);
      }
    }
    const refused: TftpListenError[] = [];
    for (const { address, broadcast, allHosts, cidr } of present) {
      if (!this.#isOpen) {
        break;
      }
      const known = [...this.#listeners].find(
        ({ transport }) => transport.local.address === address,
      );
      try {
        const listener = known ?? (await this.#open({ address, port }));
        listener.network ??= cidr === undefined ? undefined : networkOf(cidr);
        const group = broadcast ?? allHosts;
        if (group !== undefined) {
          const at = { address: group, port: listener.transport.local.port };
          listener.broadcast ??= await this.#openBroadcast(
            at,
            this.#handlerOf(at, () => listener),
          );
        }
      } catch (error) {
        if (!(error instanceof TftpListenError)) {
          throw error;
        }
        refused.push(error);
      }
    }
    if (present.some(({ broadcast }) => broadcast !== undefined)) {
      await this.#openLimitedBroadcast();
    }
    return refused;
  }

  async #open(at: DgramAddress | TftpInheritedSocket): Promise<Listener> {
    const transport = await this.#bind(
      at,
      this.#handlerOf(at, () => listener),
    );
    const listener: Listener = {
      transport,
      broadcast: undefined,
      network: undefined,
      errorsInARow: 0,
    };
    this.#listeners.add(listener);
    this.#handler.opened(transport.local);
    return listener;
  }

  /**
   * Opens a broadcast socket. Two addresses of one network share its broadcast address; the first one answers
   * for both, as long as it exists.
   *
   * @returns undefined if the socket cannot be bound, which is reported unless it is expected
   */
  async #openBroadcast(
    at: DgramAddress,
    handler: DatagramHandler,
  ): Promise<DatagramTransport | undefined> {
    try {
      return await this.#bind(at, handler);
    } catch (error) {
      if (
        error instanceof TftpListenError &&
        !hasCode(error.cause, 'EADDRINUSE') &&
        !isNotReady(error.cause)
      ) {
        this.#handler.failed(error);
      }
      return undefined;
    }
  }

  /** Opens the socket for 255.255.255.255, which serves all links. */
  async #openLimitedBroadcast(): Promise<void> {
    const [listener] = this.#listeners;
    if (this.#limitedBroadcast !== undefined || listener === undefined || !this.#isOpen) {
      return;
    }
    const at = { address: LIMITED_BROADCAST, port: listener.transport.local.port };
    this.#limitedBroadcast = await this.#openBroadcast(at, {
      received: (batch) => {
        for (const datagram of batch) {
          const neighbour = this.#neighbourOf(datagram.remote);
          if (neighbour !== undefined) {
            this.#handler.received(neighbour.transport, [datagram]);
          }
        }
      },
      failed: (error) => {
        this.#handler.failed(new TftpListenError(at, error));
        // The next scan binds it again.
        void this.#limitedBroadcast?.close();
        this.#limitedBroadcast = undefined;
      },
    });
  }

  /**
   * Returns the listener that answers a broadcast: one whose network contains the client's address, since the
   * system does not report the link.
   */
  #neighbourOf({ address }: TftpEndpointAddress): Listener | undefined {
    return [...this.#listeners].find(({ network }) => network?.check(address, 'ipv4') === true);
  }

  async #bind(
    at: DgramAddress | TftpInheritedSocket,
    handler: DatagramHandler,
  ): Promise<DatagramTransport> {
    const { receiveBytes, sendBytes } = this.#buffers;
    try {
      return await bindResilientTransport(
        this.#bindSocket,
        { at, recvBufferSize: receiveBytes, sendBufferSize: sendBytes, isReplaceable: true },
        handler,
      );
    } catch (error) {
      throw new TftpListenError(at, error);
    }
  }

  /**
   * Returns the handler of a socket.
   *
   * @param owner - returns the listener whose address sends the answers; called on each datagram
   */
  #handlerOf(at: DgramAddress | TftpInheritedSocket, owner: () => Listener): DatagramHandler {
    return {
      received: (batch) => {
        const listener = owner();
        listener.errorsInARow = 0;
        this.#handler.received(listener.transport, batch);
      },
      failed: (error) => {
        this.#errored(owner(), at, error);
      },
      replaced: () => {
        this.#handler.replaced(owner().transport.local);
      },
    };
  }

  /** Reports the first of consecutive errors, and rebinds a socket that reports nothing but errors. */
  #errored(listener: Listener, at: DgramAddress | TftpInheritedSocket, error: Error): void {
    listener.errorsInARow += 1;
    if (listener.errorsInARow === 1) {
      this.#handler.failed(new TftpListenError(at, error));
    }
    if (listener.errorsInARow === MAX_ERRORS_IN_A_ROW) {
      const replaced = this.#replace(listener, at).finally(() => {
        this.#replacing.delete(replaced);
      });
      this.#replacing.add(replaced);
    }
  }

  async #replace(listener: Listener, at: DgramAddress | TftpInheritedSocket): Promise<void> {
    await this.#close(listener);
    // With `auto`, a scan finds the address again; an inherited socket cannot be bound again.
    let isMissing = this.#rescan === undefined && !('fd' in at);
    while (isMissing && this.#isOpen) {
      try {
        await this.#open(at);
        isMissing = false;
      } catch {
        // The failure was reported already; `opened` reports the recovery.
        await this.#waitToRebind();
      }
    }
  }

  async #waitToRebind(): Promise<void> {
    const { signal } = this.#closing;
    // Rejects once the server is closed.
    await delay(RESCAN_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }

  async #close(listener: Listener): Promise<void> {
    if (this.#listeners.delete(listener)) {
      await Promise.all([listener.transport.close(), listener.broadcast?.close()]);
      this.#handler.closed(listener.transport.local);
    }
  }
}

/**
 * Returns true if an unlisted address no longer belongs to this host. Addresses of a link without a carrier
 * are not listed either, but they keep their transfers, since the carrier may come back.
 */
async function isGone(address: string): Promise<boolean> {
  try {
    const nothing = (): void => undefined;
    const probe = await bindDgramSocket(
      { at: { address, port: 0 } },
      { received: nothing, failed: nothing },
    );
    await probe.close();
    return false;
  } catch (error) {
    return isNotReady(error);
  }
}

function networkOf(cidr: string): BlockList | undefined {
  const [address = '', prefixLength] = cidr.split('/');
  if (!isIPv4(address)) {
    return undefined;
  }
  const network = new BlockList();
  network.addSubnet(address, Number(prefixLength), 'ipv4');
  return network;
}

/** Returns true if an error means that an address is gone again, or not usable yet. */
function isNotReady(error: unknown): boolean {
  return hasCode(error, 'EADDRNOTAVAIL', 'ENODEV');
}

function hasCode(cause: unknown, ...codes: readonly string[]): boolean {
  return cause instanceof Error && 'code' in cause && codes.some((code) => code === cause.code);
}
