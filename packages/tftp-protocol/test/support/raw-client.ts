import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import { decodePacket, encodePacket, type TftpPacket } from '../../src/index.js';
import { text } from './wire-text.js';

/**
 * Time after which a datagram is considered missing, in milliseconds; long, since the machine may be busy.
 */
const PATIENCE_MS = 60_000;

/** Datagram received by a raw client. */
export interface Answer {
  readonly bytes: Uint8Array;
  readonly packet: TftpPacket;
  readonly address: string;
  readonly port: number;
}

/**
 * UDP socket that speaks TFTP packet by packet, so that the test controls every datagram. It never answers on
 * its own.
 */
export class RawClient implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #host: string;
  readonly #arrived: Answer[] = [];
  #waiting: ((answer: Answer) => void) | undefined;
  /** Port that the next `send` goes to. */
  port: number;

  private constructor(socket: Socket, host: string, port: number) {
    this.#socket = socket;
    this.#host = host;
    this.port = port;
    socket.on('message', (bytes, { address, port: from }) => {
      const decoded = decodePacket(bytes);
      if (!decoded.ok) {
        throw new Error(`undecodable answer: ${decoded.reason}`);
      }
      const answer = { bytes, packet: decoded.packet, address, port: from };
      if (this.#waiting === undefined) {
        this.#arrived.push(answer);
      } else {
        this.#waiting(answer);
        this.#waiting = undefined;
      }
    });
  }

  /** Opens a socket that talks to a server. */
  static async to(
    server: { readonly address: string; readonly port: number },
    from: { readonly address?: string; readonly port?: number } = {},
  ): Promise<RawClient> {
    const socket = createSocket(server.address.includes(':') ? 'udp6' : 'udp4');
    socket.bind(from);
    await once(socket, 'listening');
    return new RawClient(socket, server.address, server.port);
  }

  /** The socket's own port. */
  get localPort(): number {
    return this.#socket.address().port;
  }

  /** Sends a packet, or bytes as they are. */
  send(packet: TftpPacket | Uint8Array): void {
    const bytes = packet instanceof Uint8Array ? packet : encodePacket(packet);
    this.#socket.send(bytes, this.port, this.#host);
  }

  /** Sends a read request; later packets go to the port that answers. */
  read(filename: string, options: Record<string, string | number> = {}, mode = 'octet'): void {
    this.send({
      type: 'rrq',
      filename,
      mode,
      options: Object.entries(options).map(([name, value]) => [name, String(value)]),
    });
  }

  /** Acknowledges a block. */
  ack(block: number): void {
    this.send({ type: 'ack', block });
  }

  /** Returns the next datagram; fails if none arrives in time. */
  async next(): Promise<Answer> {
    const answer = await this.#wait(PATIENCE_MS);
    if (answer === undefined) {
      throw new Error(`no datagram within ${PATIENCE_MS} ms`);
    }
    this.port = answer.port;
    return answer;
  }

  /** Returns the next datagram from a port; repetitions from other ports are ignored. */
  async nextFrom(port: number): Promise<Answer> {
    for (;;) {
      const answer = await this.next();
      if (answer.port === port) {
        return answer;
      }
    }
  }

  /** Returns the next datagram, as text. */
  async answer(): Promise<string> {
    return text((await this.next()).packet);
  }

  /** Returns the next datagrams, as text. */
  async answers(count: number): Promise<string[]> {
    return (await this.nextPackets(count)).map(text);
  }

  /** Returns the datagrams that arrive within a time, as text; on a busy machine, some may arrive later. */
  async answersDuring(ms: number): Promise<string[]> {
    return (await this.during(ms)).map(text);
  }

  /** Reads a requested file to its end, block by block. */
  async rest(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let blksize = 512;
    let expected = 1;
    for (;;) {
      const { packet } = await this.next();
      if (packet.type === 'oack') {
        blksize = Number(packet.options.find(([name]) => name === 'blksize')?.[1] ?? 512);
        this.ack(0);
      } else if (packet.type !== 'data') {
        throw new Error(text(packet));
      } else if (packet.block === expected) {
        pieces.push(packet.data);
        this.ack(packet.block);
        expected = (expected + 1) % 0x1_0000;
        if (packet.data.length < blksize) {
          return Buffer.concat(pieces);
        }
      }
    }
  }

  /** Sends a write request; later packets go to the port that answers. */
  write(filename: string, options: Record<string, string | number> = {}, mode = 'octet'): void {
    this.send({
      type: 'wrq',
      filename,
      mode,
      options: Object.entries(options).map(([name, value]) => [name, String(value)]),
    });
  }

  /** Sends a block. */
  block(block: number, bytes: Uint8Array): void {
    this.send({ type: 'data', block, data: bytes });
  }

  /** Returns the packet in the next datagram. */
  async nextPacket(): Promise<TftpPacket> {
    return (await this.next()).packet;
  }

  /** Returns the packets in the next datagrams. */
  async nextPackets(count: number): Promise<TftpPacket[]> {
    const packets: TftpPacket[] = [];
    while (packets.length < count) {
      packets.push(await this.nextPacket());
    }
    return packets;
  }

  /** Returns the packets that arrive within a time; on a busy machine, some may arrive later. */
  async during(ms: number): Promise<TftpPacket[]> {
    const packets: TftpPacket[] = [];
    const end = performance.now() + ms;
    for (let left = ms; left > 0; left = end - performance.now()) {
      const answer = await this.#wait(left);
      if (answer !== undefined) {
        packets.push(answer.packet);
      }
    }
    return packets;
  }

  async #wait(ms: number): Promise<Answer | undefined> {
    const arrived = this.#arrived.shift();
    if (arrived !== undefined) {
      return arrived;
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting = undefined;
        resolve(undefined);
      }, ms);
      this.#waiting = (answer) => {
        clearTimeout(timer);
        resolve(answer);
      };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#socket.close(resolve);
    });
  }
}
