import { type OutgoingPack } from '../../endpoint/endpoint-events.js';
import { type TftpEndpointAddress } from '../../endpoint/peer-table.js';
import { type TftpInheritedSocket } from './inherited-sockets.js';

/** Datagram to send; its payload is `head` followed by `body`. */
export interface DatagramToSend {
  readonly remote: TftpEndpointAddress;
  readonly head: Uint8Array;
  readonly body?: Uint8Array;
}

/** Datagrams to one receiver whose bodies are consecutive pieces of the same bytes, such as the blocks of a window. */
export interface SeriesToSend {
  readonly remote: TftpEndpointAddress;
  /** Number of datagrams. */
  readonly count: number;
  /** Heads of all datagrams, one after the other and equally long. */
  readonly heads: Uint8Array;
  /** Pieces of memory that hold the bodies of all datagrams, one after the other; a body may span pieces. */
  readonly bodies: readonly Uint8Array[];
  /** Length of each body in bytes; only the last one may be shorter. */
  readonly bodyBytes: number;
}

/**
 * Received datagram. It is valid only during the call, and so are its bytes; the handler may keep the `remote`, which must
 * not change.
 */
export interface ReceivedDatagram {
  readonly remote: TftpEndpointAddress;
  readonly payload: Uint8Array;
}

/** Callbacks of a {@link DatagramTransport}. */
export interface DatagramHandler {
  /** Called with received datagrams. */
  received(batch: readonly ReceivedDatagram[]): void;
  /**
   * Called when receiving fails with a system error. The socket stays open, since most such errors are
   * temporary (`ENOBUFS`, `ENOMEM`); its owner may close it.
   */
  failed(error: Error): void;
  /**
   * Called after the socket was replaced because the kernel accepted no more datagrams from it. Datagrams
   * that the old socket had not delivered are lost.
   */
  replaced?(): void;
}

/**
 * Bound UDP socket. It sends and receives batches, so that a transport that moves many datagrams per
 * system call can replace `node:dgram`.
 */
export interface DatagramTransport {
  /** Bound address. */
  readonly local: TftpEndpointAddress;
  /**
   * Sends datagrams. Those that cannot be sent are lost, as on any network. Their bytes are not
   * accessed after the call, except those of datagrams that the socket has to queue.
   */
  send(batch: readonly DatagramToSend[]): void;
  /**
   * Sends at most 64 datagrams, as {@link DatagramTransport.send} does.
   *
   * @default the datagrams are passed to `send`
   */
  sendSeries?(series: SeriesToSend): void;
  /**
   * Sends at most 64 datagrams, as {@link DatagramTransport.send} does. The arrays are used again after the call.
   *
   * @default the datagrams are passed to `send`
   */
  sendPack?(pack: OutgoingPack): void;
  /** Lets the process exit while the socket is open. */
  unref(): void;
  /** Closes the socket; no more datagrams are received. */
  close(): Promise<void>;
}

/** Address of a socket. */
export interface DgramAddress {
  /** IP address; IPv6 sockets accept only IPv6. */
  readonly address: string;
  /** UDP port, or 0 for any free port. */
  readonly port: number;
}

/** Address and options of a socket. */
export interface DatagramBinding {
  /** Address to bind, or a socket that is already bound. */
  readonly at: DgramAddress | TftpInheritedSocket;
  /**
   * True to share the port with other sockets that also allow sharing.
   *
   * @default false
   */
  readonly reuseAddr?: boolean;
  /**
   * Only peer of the socket. ICMP errors for datagrams sent to it are reported by
   * {@link DatagramHandler.failed}.
   *
   * @default any peer
   */
  readonly peer?: TftpEndpointAddress;
  /** SO_RCVBUF in bytes; the kernel may grant less. */
  readonly recvBufferSize?: number;
  /** SO_SNDBUF in bytes; the kernel may grant less. */
  readonly sendBufferSize?: number;
  /**
   * Maximum number of bytes waiting for the kernel; further datagrams are dropped.
   *
   * @default 8_388_608 (8 MiB)
   */
  readonly maxQueuedBytes?: number;
}

/** Bound UDP socket that reports how many datagrams the kernel has not accepted yet. */
export interface DatagramSocket extends DatagramTransport {
  /** Number of datagrams waiting for the kernel. */
  readonly queuedDatagrams: number;
}

/**
 * Binds a UDP socket. The promise is rejected with a Node.js system error, whose `code` (`EADDRINUSE`,
 * `EADDRNOTAVAIL`, ...) decides what the server does.
 */
export type BindDatagramSocket = (
  binding: DatagramBinding,
  handler: DatagramHandler,
) => Promise<DatagramSocket>;

/** Returns the datagrams of a series; a body that spans pieces of memory is copied. */
export function datagramsOf(series: SeriesToSend): DatagramToSend[] {
  const { remote, count, heads, bodies, bodyBytes } = series;
  const headBytes = heads.length / count;
  const left = [...bodies];
  return Array.from({ length: count }, (_, index) => ({
    remote,
    head: heads.subarray(index * headBytes, (index + 1) * headBytes),
    body: takeBytes(left, bodyBytes),
  }));
}

/** Removes up to `wanted` bytes from the pieces, and returns them as one. */
function takeBytes(pieces: Uint8Array[], wanted: number): Uint8Array {
  const [first = EMPTY, second] = pieces;
  if (first.length > wanted || second === undefined) {
    pieces[0] = first.subarray(wanted);
    return first.subarray(0, wanted);
  }
  pieces.shift();
  const rest = takeBytes(pieces, wanted - first.length);
  return rest.length === 0 ? first : Buffer.concat([first, rest]);
}

const EMPTY = new Uint8Array(0);
