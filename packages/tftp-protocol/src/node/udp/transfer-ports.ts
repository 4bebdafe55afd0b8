import { randomInt } from 'node:crypto';

import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';
import {
  type BindDatagramSocket,
  type DatagramHandler,
  type DatagramTransport,
} from './datagram-transport.js';
import { bindResilientTransport } from './resilient-transport.js';

/** Maximum number of bytes waiting for the kernel; further datagrams of the transfer are dropped. */
const MAX_QUEUED_BYTES = 1024 * 1024;

/** Port range for the sockets of transfers, with both ends included. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** Both ends of a transfer's socket. */
export interface TransferPath {
  /** Own address. */
  readonly address: string;
  /** Client of the transfer. */
  readonly peer: TftpEndpointAddress;
}

/**
 * Sockets of single transfers, each on a random port from a range, or on one that the system chooses: a third
 * party must guess the port to interfere (RFC 1350 §4). Each socket is connected to its client, so that its
 * port looks closed to everyone else: an answer, or the lack of the ICMP message that closed ports cause,
 * would give it away.
 */
export class TransferPorts {
  readonly #bindSocket: BindDatagramSocket;
  readonly #range: PortRange | undefined;
  readonly #maxSockets: number;
  /** Ports in the range that this server does not use, by address. */
  readonly #free = new Map<string, number[]>();
  #sockets = 0;

  constructor(bind: BindDatagramSocket, range: PortRange | undefined, maxSockets: number) {
    this.#bindSocket = bind;
    this.#range = range;
    this.#maxSockets = maxSockets;
  }

  /** Number of sockets, including those being opened. */
  get sockets(): number {
    return this.#sockets;
  }

  /**
   * Binds a socket for one transfer.
   *
   * @returns undefined if the maximum number of sockets is open, or all ports of the range are taken
   * @throws Node.js system error when the socket cannot be bound, or, with the `syscall` `connect`, when the
   * client cannot be reached
   */
  async bind(path: TransferPath, handler: DatagramHandler): Promise<DatagramTransport | undefined> {
    if (this.#sockets >= this.#maxSockets) {
      return undefined;
    }
    this.#sockets += 1;
    let socket: DatagramTransport | undefined;
    try {
      socket =
        this.#range === undefined
          ? await this.#bind(path, 0, handler)
          : await this.#bindInRange(path, this.#range, handler);
    } finally {
      this.#sockets -= socket === undefined ? 1 : 0;
    }
    return socket;
  }

  /** Closes a socket; its port is free immediately, although Node reports it later. */
  async close(socket: DatagramTransport): Promise<void> {
    const { address, port } = socket.local;
    const closed = socket.close();
    this.#sockets -= 1;
    this.#free.get(address)?.push(port);
    await closed;
  }

  async #bindInRange(
    path: TransferPath,
    { from, to }: PortRange,
    handler: DatagramHandler,
  ): Promise<DatagramTransport | undefined> {
    const { address } = path;
    let free = this.#free.get(address);
    if (free === undefined) {
      free = Array.from({ length: to - from + 1 }, (_, index) => from + index);
      this.#free.set(address, free);
    }
    const taken: number[] = [];
    try {
      while (free.length > 0) {
        const at = randomInt(free.length);
        const port = free[at] ?? from;
        // The last free port takes the place of the chosen one.
        free[at] = free.at(-1) ?? port;
        free.pop();
        try {
          return await this.#bind(path, port, handler);
        } catch (error) {
          taken.push(port);
          if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) {
            throw error;
          }
        }
      }
      return undefined;
    } finally {
      // Other programs use these ports and may release them, so they can be chosen again.
      free.push(...taken);
    }
  }

  #bind(
    { address, peer }: TransferPath,
    port: number,
    handler: DatagramHandler,
  ): Promise<DatagramTransport> {
    return bindResilientTransport(
      this.#bindSocket,
      { at: { address, port }, peer, maxQueuedBytes: MAX_QUEUED_BYTES, isReplaceable: false },
      handler,
    );
  }
}
