import { type CapturedPacket, type Endpoint } from './captured-packet.js';

/** Outcome of a transfer, as far as visible on the wire. */
export type CapturedOutcome =
  /** The last block was acknowledged. */
  | 'completed'
  /** The server answered with an error before anything else. */
  | 'refused'
  /** Either side sent an error later on. */
  | 'aborted'
  /** None of the above, so far. */
  | 'unfinished';

/** One TFTP read (RFC 1350) as the packet capture shows it. */
export interface CapturedTransfer {
  /** Name as spelled by the client. */
  readonly file: string;
  readonly client: Endpoint;
  /** Time of the request, in seconds since the epoch. */
  readonly startedAt: number;
  /** Time of the last datagram, in seconds since the epoch. */
  readonly endedAt: number;
  readonly outcome: CapturedOutcome;
  /** Bytes of file content in the server's DATA packets, retransmissions counted again. */
  readonly dataBytes: number;
  /** Bytes of UDP payload in both directions. */
  readonly udpBytes: number;
  /** The file's content, joined from the blocks in order. */
  content(): Uint8Array;
}

const TFTP_PORT = 69;
const OPCODE = { rrq: 1, data: 3, ack: 4, error: 5, oack: 6 } as const;
const DEFAULT_BLKSIZE = 512;
const PACKET_HEADER_LENGTH = 4;

/** Returns all TFTP reads in a capture, in order of their first request. */
export function readTftpTransfers(capture: readonly CapturedPacket[]): CapturedTransfer[] {
  const transfers: Transfer[] = [];
  const byClient = new Map<string, Transfer>();
  for (const datagram of capture) {
    if (datagram.tcp !== undefined || datagram.payload.length < PACKET_HEADER_LENGTH) {
      continue;
    }
    const { source, destination } = datagram;
    if (destination.port === TFTP_PORT && opcodeOf(datagram) === OPCODE.rrq) {
      const previous = byClient.get(formatEndpoint(source));
      if (previous?.isRepeatedRequest(datagram) === true) {
        continue;
      }
      const transfer = new Transfer(datagram);
      byClient.set(formatEndpoint(source), transfer);
      transfers.push(transfer);
    } else {
      // The server may answer from port 69 or from another port, so the client's address and port identify
      // the transfer.
      byClient.get(formatEndpoint(source))?.fromClient(datagram);
      byClient.get(formatEndpoint(destination))?.fromServer(datagram);
    }
  }
  return transfers;
}

function formatEndpoint({ address, port }: Endpoint): string {
  return `${address}:${port}`;
}

class Transfer implements CapturedTransfer {
  readonly file: string;
  readonly client: Endpoint;
  readonly startedAt: number;
  endedAt: number;
  outcome: CapturedOutcome = 'unfinished';
  dataBytes = 0;
  udpBytes: number;
  #blksize = DEFAULT_BLKSIZE;
  #answered = false;
  #hasReplied = false;
  #lastBlockSeen = false;
  readonly #blocks: Uint8Array[] = [];

  constructor(request: CapturedPacket) {
    this.file = readStrings(request.payload.subarray(2))[0] ?? '';
    this.client = request.source;
    this.startedAt = request.time;
    this.endedAt = request.time;
    this.udpBytes = request.payload.length;
  }

  /** Returns true, and counts the datagram, if the client only repeats the request of this transfer. */
  isRepeatedRequest({ payload, time }: CapturedPacket): boolean {
    if (this.#hasReplied || readStrings(payload.subarray(2))[0] !== this.file) {
      return false;
    }
    this.udpBytes += payload.length;
    this.endedAt = time;
    return true;
  }

  fromServer(datagram: CapturedPacket): void {
    const { payload } = datagram;
    this.#count(datagram);
    const opcode = opcodeOf(datagram);
    if (opcode === OPCODE.error) {
      this.outcome = this.#answered ? 'aborted' : 'refused';
    }
    if (opcode === OPCODE.oack) {
      this.#acceptOptions(payload);
    }
    if (opcode === OPCODE.data) {
      this.#acceptBlock(payload);
    }
    this.#answered = true;
  }

  fromClient(datagram: CapturedPacket): void {
    this.#count(datagram);
    this.#hasReplied = true;
    const opcode = opcodeOf(datagram);
    if (this.outcome !== 'unfinished') {
      return;
    }
    if (opcode === OPCODE.error) {
      this.outcome = 'aborted';
    }
    if (opcode === OPCODE.ack && this.#lastBlockSeen) {
      const number = numberOf(datagram.payload);
      if (number === (this.#blocks.length & 0xffff)) {
        this.outcome = 'completed';
      }
    }
  }

  content(): Uint8Array {
    return Buffer.concat(this.#blocks);
  }

  #count({ payload, time }: CapturedPacket): void {
    this.udpBytes += payload.length;
    this.endedAt = time;
  }

  #acceptOptions(payload: Uint8Array): void {
    const words = readStrings(payload.subarray(2));
    const at = words.findIndex((word, index) => index % 2 === 0 && /^blksize$/i.test(word));
    const value = Number(words[at + 1]);
    if (at >= 0 && Number.isInteger(value)) {
      this.#blksize = value;
    }
  }

  #acceptBlock(payload: Uint8Array): void {
    const body = payload.subarray(PACKET_HEADER_LENGTH);
    this.dataBytes += body.length;
    // Only blocks in order count: a block that is repeated or early adds to the bytes, but not to the content.
    if (numberOf(payload) !== ((this.#blocks.length + 1) & 0xffff)) {
      return;
    }
    if (this.#lastBlockSeen) {
      return;
    }
    this.#blocks.push(body);
    this.#lastBlockSeen = body.length < this.#blksize;
  }
}

function opcodeOf({ payload }: CapturedPacket): number {
  return ((payload[0] ?? 0) << 8) | (payload[1] ?? 0);
}

function numberOf(payload: Uint8Array): number {
  return ((payload[2] ?? 0) << 8) | (payload[3] ?? 0);
}

function readStrings(bytes: Uint8Array): string[] {
  return Buffer.from(bytes).toString('latin1').split('\0');
}
