import { type Endpoint, formatEndpoint, readIpv4Packet } from './ipv4-packet.js';
import { type CapturedFrame, readPcap } from './pcap.js';

/** A TCP connection to one port of the server, as the packet capture shows it. */
export interface TcpConnection {
  readonly client: Endpoint;
  readonly fromClient: ByteStream;
  readonly fromServer: ByteStream;
}

/** Bytes sent by one side of a connection. */
export interface ByteStream {
  /**
   * Returns the bytes in order, each once, up to the first gap; retransmitted and reordered segments
   * are resolved.
   */
  bytes(): Uint8Array;
}

interface TcpSegment {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly sequence: number;
  readonly isOpening: boolean;
  readonly payload: Uint8Array;
}

const PROTOCOL_TCP = 6;
const MINIMUM_HEADER_LENGTH = 20;
const FLAG_SYN = 0x02;

/** Returns all connections to a port that were opened during the capture, in order. */
export function readTcpConnections(capture: Uint8Array, port: number): TcpConnection[] {
  const connections: { client: Endpoint; fromClient: Stream; fromServer: Stream }[] = [];
  const byClient = new Map<string, (typeof connections)[number]>();
  for (const frame of readPcap(capture)) {
    const segment = readTcpSegment(frame);
    if (segment === undefined) {
      continue;
    }
    if (segment.destination.port === port) {
      const key = formatEndpoint(segment.source);
      const known = byClient.get(key);
      // A SYN with another number begins a new connection from a port that was used before.
      if (segment.isOpening && known?.fromClient.begins(segment) !== true) {
        const connection = {
          client: segment.source,
          fromClient: new Stream(),
          fromServer: new Stream(),
        };
        byClient.set(key, connection);
        connections.push(connection);
      }
      byClient.get(key)?.fromClient.add(segment);
    } else if (segment.source.port === port) {
      byClient.get(formatEndpoint(segment.destination))?.fromServer.add(segment);
    }
  }
  return connections;
}

class Stream implements ByteStream {
  #firstSequence: number | undefined;
  readonly #pieces: { readonly offset: number; readonly payload: Uint8Array }[] = [];

  /** Returns true if this segment retransmits the one that opened the stream. */
  begins({ sequence }: TcpSegment): boolean {
    return this.#firstSequence === (sequence + 1) >>> 0;
  }

  add({ sequence, isOpening, payload }: TcpSegment): void {
    // SYN takes a sequence number of its own (RFC 9293 section 3.4).
    if (isOpening) {
      this.#firstSequence = (sequence + 1) >>> 0;
    }
    if (this.#firstSequence === undefined || payload.length === 0) {
      return;
    }
    // Modulo 2^32, so that numbers may wrap; no boot file comes near 4 GiB.
    this.#pieces.push({ offset: (sequence - this.#firstSequence) >>> 0, payload });
  }

  bytes(): Uint8Array {
    const inOrder = this.#pieces.toSorted((a, b) => a.offset - b.offset);
    const parts: Uint8Array[] = [];
    let length = 0;
    for (const { offset, payload } of inOrder) {
      if (offset > length) {
        break;
      }
      const unseen = payload.subarray(length - offset);
      parts.push(unseen);
      length += unseen.length;
    }
    return Buffer.concat(parts);
  }
}

function readTcpSegment(frame: CapturedFrame): TcpSegment | undefined {
  const packet = readIpv4Packet(frame);
  if (packet?.protocol !== PROTOCOL_TCP || packet.payload.length < MINIMUM_HEADER_LENGTH) {
    return undefined;
  }
  const { payload } = packet;
  const tcp = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return {
    source: { address: packet.source, port: tcp.getUint16(0) },
    destination: { address: packet.destination, port: tcp.getUint16(2) },
    sequence: tcp.getUint32(4),
    isOpening: (tcp.getUint8(13) & FLAG_SYN) !== 0,
    payload: payload.subarray((tcp.getUint8(12) >> 4) * 4),
  };
}
