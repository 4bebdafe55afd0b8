import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import { type Mark } from './boot-traffic.js';

const OPCODE = { DATA: 3, ACK: 4, ERROR: 5, OACK: 6 } as const;
const DATA_HEADER_BYTES = 4;

/** Datagram from the server, decoded by its opcode. */
export type TftpAnswer =
  | { readonly type: 'data'; readonly block: number; readonly bytes: Buffer }
  /** Raw options: names and values, each followed by a zero byte. */
  | { readonly type: 'oack'; readonly options: string }
  | { readonly type: 'error'; readonly code: number; readonly message: string };

/** UDP port that sends raw TFTP datagrams like a client's firmware. */
export class TftpPort implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #server: number;
  /** Server port of the transfer. */
  #peer: number;
  /** True if the request asked for a window, which uses an unpredictable port. */
  #asksForWindow = false;
  #failure: Error | undefined;
  readonly #arrived: Buffer[] = [];
  #taken: Buffer | undefined;
  #onArrival: () => void = () => undefined;
  #lastSend: Promise<void> = Promise.resolve();

  private constructor(socket: Socket, server: number) {
    this.#socket = socket;
    this.#server = server;
    this.#peer = server;
    socket.on('message', (datagram, { port }) => {
      if (this.#asksForWindow && this.#peer === server) {
        this.#peer = port;
      }
      // Single port: a client behind NAT gets nothing from any other port.
      if (port === this.#peer) {
        this.#arrived.push(datagram);
      } else {
        this.#failure = new Error(`an answer from port ${port}, not ${this.#peer}`);
      }
      this.#onArrival();
    });
  }

  static async open(server: number): Promise<TftpPort> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    // The longest window has to fit into the buffer while the test waits on a busy machine.
    socket.setRecvBufferSize(4 * 1024 * 1024);
    return new TftpPort(socket, server);
  }

  /** Sends a read request; `name` and `options` are bytes (latin1) as they go on the wire. */
  ask(name: string, options: readonly string[] = []): void {
    this.#taken = undefined;
    this.#peer = this.#server;
    this.#asksForWindow = options.some((option) => option.toLowerCase() === 'windowsize');
    this.#send(`\0\x01${[name, 'octet', ...options].join('\0')}\0`);
  }

  askToWrite(name: string): void {
    this.#send(`\0\x02${name}\0octet\0`);
  }

  /**
   * Sends an ACK.
   *
   * @param padding - bytes after the block number, which some firmware leaves there
   */
  acknowledge(block: number, padding = ''): void {
    const number = String.fromCharCode(block >> 8, block & 0xff);
    this.#send(`\0\x04${number}${padding}`);
  }

  error(code: number, message: string): void {
    this.#send(`\0\x05\0${String.fromCharCode(code)}${message}\0`);
  }

  #send(bytes: string): void {
    this.#lastSend = new Promise((resolve, reject) => {
      this.#socket.send(Buffer.from(bytes, 'latin1'), this.#peer, '127.0.0.1', (error) => {
        if (error === null) {
          resolve();
        } else {
          reject(error);
        }
      });
    });
  }

  /**
   * Returns the next datagram that differs from the previous one: a server repeats what it sent if its
   * client, or this test, waits too long for the processor.
   */
  async next(): Promise<TftpAnswer> {
    const previous = this.#taken;
    let datagram = await this.#nextDatagram();
    while (previous?.equals(datagram) === true) {
      datagram = await this.#nextDatagram();
    }
    return parse(datagram);
  }

  /** Returns the next datagram, even if it repeats the previous one. */
  async nextOrRepeated(): Promise<TftpAnswer> {
    return parse(await this.#nextDatagram());
  }

  async #nextDatagram(): Promise<Buffer> {
    for (;;) {
      if (this.#failure !== undefined) {
        throw this.#failure;
      }
      const datagram = this.#arrived.shift();
      if (datagram !== undefined) {
        this.#taken = datagram;
        return datagram;
      }
      await new Promise<void>((resolve) => {
        this.#onArrival = resolve;
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lastSend;
    this.#socket.close();
    await once(this.#socket, 'close');
  }
}

/** Marks the log with a TFTP request, in order with other TFTP requests. */
export const markByTftp: Mark = async (daemon, path) => {
  await using port = await TftpPort.open(daemon.port('tftp'));
  port.ask(path);
  await port.next();
};

function parse(datagram: Buffer): TftpAnswer {
  const rest = datagram.subarray(DATA_HEADER_BYTES);
  switch (datagram.readUInt16BE(0)) {
    case OPCODE.DATA:
      return { type: 'data', block: datagram.readUInt16BE(2), bytes: rest };
    case OPCODE.OACK:
      return { type: 'oack', options: datagram.toString('latin1', 2) };
    case OPCODE.ERROR:
      return {
        type: 'error',
        code: datagram.readUInt16BE(2),
        message: rest.toString('latin1').replace(/\0$/, ''),
      };
    default:
      throw new Error(`a datagram with opcode ${datagram.readUInt16BE(0)}`);
  }
}
