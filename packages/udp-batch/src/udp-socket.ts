/** IP address and port. */
export interface UdpEndpoint {
  /** IP address; a link-local IPv6 address ends with its scope, as in `fe80::1%eth0`. */
  readonly address: string;
  readonly port: number;
  readonly family: 'IPv4' | 'IPv6';
}

/** Source of a datagram to send. */
export interface UdpSource {
  /** Address of this host. The system picks one by default. */
  readonly address?: string;
  /** Index of the interface to send from. The system's routes decide by default. */
  readonly interfaceIndex?: number;
}

/** Datagram to send; its payload is `head` followed by `body`. */
export interface UdpDatagram {
  /** Receiver; ignored by a socket with a {@link UdpBinding.peer}. */
  readonly remote: UdpEndpoint;
  readonly head: Uint8Array;
  /** Rest of the payload. Datagrams of up to 2 KiB are copied; longer bodies are sent from their own memory. */
  readonly body?: Uint8Array;
  /**
   * Source, such as {@link ReceivedUdpDatagram.local} of the datagram to answer.
   *
   * @default the socket's address
   */
  readonly from?: UdpSource;
}

/**
 * Datagrams to one receiver whose bodies are consecutive pieces of the same bytes, such as the blocks of a window.
 * Sending them as a series takes less time than as {@link UdpDatagram | datagrams}, each of which is an object.
 */
export interface UdpSeries {
  /** Receiver; ignored by a socket with a {@link UdpBinding.peer}. */
  readonly remote: UdpEndpoint;
  /** Number of datagrams, at least 1. */
  readonly count: number;
  /** Heads of all datagrams, one after the other and equally long. Heads of up to 64 bytes are the fastest. */
  readonly heads: Uint8Array;
  /** Pieces of memory that hold the bodies of all datagrams, one after the other; a body may span pieces. */
  readonly bodies: readonly Uint8Array[];
  /** Length of each body in bytes; only the last one may be shorter. */
  readonly bodyBytes: number;
}

/**
 * Datagrams to many receivers, in arrays with an entry for each datagram, such as the answers to a batch. Sending them as
 * a pack takes less time than as {@link UdpDatagram | datagrams}, each of which is an object. A sender may use the
 * arrays again, so they may have more than `count` entries.
 */
export interface UdpPack {
  /** Number of datagrams. Packs of up to 64 are the fastest. */
  readonly count: number;
  /** Receivers, one for each datagram; ignored by a socket with a {@link UdpBinding.peer}. */
  readonly remotes: readonly UdpEndpoint[];
  /** Heads, one after the other and equally long. */
  readonly heads: Uint8Array;
  /** Length of each head in bytes. Heads of up to 64 bytes are the fastest. */
  readonly headBytes: number;
  /** Memory that each body is in; undefined for a datagram without a body. */
  readonly memories: readonly (ArrayBuffer | undefined)[];
  /** Offset of each body in its memory, in bytes. */
  readonly offsets: readonly number[];
  /** Length of each body in bytes. */
  readonly lengths: readonly number[];
}

/** Addresses and interface at which a datagram was received. */
export interface UdpDestination {
  /** Destination address, which may be a broadcast or multicast one. */
  readonly destination: string;
  /** Address of this host that answers should come from. */
  readonly address: string;
  /** Index of the interface. */
  readonly interfaceIndex: number;
}

/** Received datagram. It belongs to the receiver, unless {@link UdpBinding.reusesDatagrams} is set. */
export interface ReceivedUdpDatagram {
  readonly remote: UdpEndpoint;
  readonly payload: Uint8Array;
  /** Present with {@link UdpBinding.packetInfo}. */
  readonly local?: UdpDestination;
}

/** Callbacks of a {@link UdpSocket}. An error that they throw is an uncaught exception. */
export interface UdpHandler {
  /** Called with at most 64 received datagrams, in the order of their arrival. */
  received(batch: readonly ReceivedUdpDatagram[]): void;
  /** Called when receiving fails with a system error such as `ECONNREFUSED`. The socket stays open. */
  failed(error: Error): void;
  /**
   * Called with a datagram that cannot be sent and the reason: a system error, or a {@link UdpBatchError} for a
   * {@link UdpDatagram.from} without the native module.
   */
  unsent?(error: Error, datagram: UdpDatagram): void;
}

/** Address and options of a socket. */
export interface UdpBinding {
  /**
   * Address to bind, with port 0 for any free port, or a bound socket to take over. IPv6 sockets accept IPv6
   * only, unless they are taken over.
   */
  readonly at: { readonly address: string; readonly port: number } | { readonly fd: number };
  /**
   * SO_REUSEADDR: shares the port with other sockets that also allow sharing.
   *
   * @default false
   */
  readonly reuseAddr?: boolean;
  /**
   * SO_REUSEPORT: the kernel spreads peers over all sockets of the port. Native only.
   *
   * @default false
   */
  readonly reusePort?: boolean;
  /**
   * SO_BROADCAST: allows sending to broadcast addresses, which otherwise fails with `EACCES`. IPv4 only.
   *
   * @default false
   */
  readonly broadcast?: boolean;
  /**
   * Only peer of the socket. ICMP errors for datagrams sent to it are then reported.
   *
   * @default any peer
   */
  readonly peer?: UdpEndpoint;
  /** SO_RCVBUF in bytes; the kernel may grant less. */
  readonly recvBufferSize?: number;
  /** SO_SNDBUF in bytes; the kernel may grant less. */
  readonly sendBufferSize?: number;
  /**
   * Maximum number of bytes waiting for the kernel, in at most 16,384 datagrams; further datagrams are not sent
   * (`ENOBUFS`).
   *
   * @default 8_388_608 (8 MiB)
   */
  readonly maxQueuedBytes?: number;
  /**
   * SO_BINDTODEVICE: name of the only interface to receive from and send to. Native only.
   *
   * @default all interfaces
   */
  readonly device?: string;
  /**
   * Reports where each datagram was received (IP_PKTINFO). Native only.
   *
   * @default false
   */
  readonly packetInfo?: boolean;
  /**
   * IP_MTU_DISCOVER: lets routers fragment datagrams, and, over IPv4, ignores ICMP messages about a smaller
   * MTU, which anyone can forge. By default the system decides: usually it forbids routers to fragment, and
   * itself splits datagrams that are longer than such a message allows. Kernels that refuse the setting keep
   * their default. Native only.
   *
   * @default false
   */
  readonly allowFragmentation?: boolean;
  /**
   * Passes consecutive datagrams of equal length for one peer to the kernel as one message to be split (UDP
   * GSO), if the kernel supports that. A capture on loopback may then show them as one datagram.
   *
   * @default true
   */
  readonly segmentation?: boolean;
  /**
   * Uses the objects of received datagrams again, and the payloads of up to 16 bytes: they are valid only until
   * {@link UdpHandler.received} returns. A `remote` is never used for another sender. Saves allocations for each
   * datagram. No effect with {@link UdpBinding.packetInfo}, or without the native module.
   *
   * @default false
   */
  readonly reusesDatagrams?: boolean;
  /**
   * Maximum number of times to poll for another datagram before the thread sleeps, after one or two were
   * received. A higher value shortens the response time for a single peer; each poll costs up to half a
   * microsecond of processor time. After 16 series of polls without success, only one wake-up in 65 starts
   * another series, until one succeeds. An idle socket never starts one, nor does one whose previous
   * datagrams were received by another socket of the thread.
   *
   * @default 0
   */
  readonly repolls?: number;
}

/** Bound UDP socket. */
export interface UdpSocket extends AsyncDisposable {
  /** Bound address. */
  readonly local: UdpEndpoint;
  /** Number of datagrams waiting for the kernel. */
  readonly queuedDatagrams: number;
  /** Number of bytes waiting for the kernel. */
  readonly queuedBytes: number;
  /**
   * Sends datagrams, in order. Their bytes are not accessed after the call: datagrams that the kernel does
   * not accept yet are copied. Does nothing once the socket is closed.
   */
  send(batch: readonly UdpDatagram[]): void;
  /** Sends the datagrams of a series, as {@link UdpSocket.send} does. */
  sendSeries(series: UdpSeries): void;
  /** Sends the datagrams of a pack, as {@link UdpSocket.send} does. */
  sendPack(pack: UdpPack): void;
  /** Lets the process exit while the socket is open. */
  unref(): void;
  /** Keeps the process running while the socket is open, as it does at first. */
  ref(): void;
  /**
   * Closes the socket: nothing more is received, and waiting datagrams are lost. Its port is free at once.
   */
  close(): Promise<void>;
}

/** Default of {@link UdpBinding.maxQueuedBytes}, in bytes. */
export const MAX_QUEUED_BYTES: number = 8 * 1024 * 1024;

/** Maximum number of datagrams waiting for the kernel: even one without a payload takes memory. */
export const MAX_QUEUED_DATAGRAMS = 16_384;

/** Returns a copy of the payload of a datagram. A detached buffer has no bytes. */
export function joined({ head, body }: UdpDatagram): Uint8Array {
  const pieces = body === undefined ? [head] : [head, body];
  return Buffer.concat(pieces.filter((piece) => piece.length > 0));
}

/** Returns the datagrams of a series from index `first` on. */
export function datagramsOf(
  { remote, count, heads, bodies, bodyBytes }: UdpSeries,
  first: number,
): UdpDatagram[] {
  const headBytes = heads.length / count;
  const [piece = new Uint8Array()] = bodies;
  const bytes = bodies.length > 1 ? Buffer.concat(bodies) : piece;
  return Array.from({ length: count - first }, (_, index) => {
    const at = first + index;
    return {
      remote,
      head: heads.subarray(at * headBytes, (at + 1) * headBytes),
      body: bytes.subarray(at * bodyBytes, (at + 1) * bodyBytes),
    };
  });
}

/** Returns the datagrams of a pack from index `first` on. */
export function unpacked(
  { count, remotes, heads, headBytes, memories, offsets, lengths }: UdpPack,
  first: number,
): UdpDatagram[] {
  return remotes.slice(first, count).map((remote, index) => {
    const at = first + index;
    // A copy: an error may be reported once the sender has used the array again.
    const head = new Uint8Array(heads.subarray(at * headBytes, (at + 1) * headBytes));
    const memory = memories[at];
    return memory === undefined
      ? { remote, head }
      : { remote, head, body: bytesOf(memory, Number(offsets[at]), Number(lengths[at])) };
  });
}

/** Returns bytes of a piece of memory; none if they are not within it, or if it is detached. */
function bytesOf(memory: ArrayBuffer, offset: number, length: number): Uint8Array {
  const isWithin = length > 0 && offset + length <= memory.byteLength;
  return isWithin ? new Uint8Array(memory, offset, length) : new Uint8Array();
}
