import { type PacingPolicy } from '../../transfer/pacer.js';
import { type RetransmissionPolicy } from '../../transfer/retransmission.js';
import { type TftpSink, type TftpWriteRequest } from '../content/sink.js';
import { type TftpReadRequest, type TftpSource } from '../content/source.js';
import { type TftpInheritedSocket } from '../udp/inherited-sockets.js';
import { type TftpServerEvent } from './server-events.js';
import { type TftpServerLimits } from './server-limits.js';

/** An address to listen on. */
export interface TftpListenAddress {
  /**
   * IP address; IPv6 ones take IPv6 only. A wildcard (`0.0.0.0`, `::`) is taken as it is, and the
   * system then picks the address that answers come from, which firmware may not accept.
   */
  readonly address: string;
  /** @default TftpServerOptions.port */
  readonly port?: number;
}

/** What a client gets less of than others. */
export interface TftpQuirks {
  /** Options, in lower case, that are treated as unknown. */
  readonly refuseOptions?: readonly string[];
  /** Largest `blksize` granted, in bytes. */
  readonly maxBlockSize?: number;
  /** Largest `windowsize` granted, in blocks. */
  readonly maxWindowSize?: number;
}

/** What a server is made of. */
export interface TftpServerOptions {
  /**
   * Answers a read request by the file's source, or undefined for `ERROR 1 File not found`. A
   * {@link TftpError} thrown here is answered by its wire code.
   *
   * @default the server takes files only, and needs a `sink`
   */
  readonly source?: (
    request: TftpReadRequest,
  ) => TftpSource | undefined | Promise<TftpSource | undefined>;
  /**
   * Where to listen. `auto` binds a socket for each address of this host and looks for new ones
   * every 5 seconds, so that answers always come from the address that was asked. A socket that the
   * process was started with is given by its file descriptor ({@link inheritedSockets}).
   *
   * @default 'auto'
   */
  readonly listen?: 'auto' | readonly (TftpListenAddress | TftpInheritedSocket)[];
  /**
   * UDP port for `auto` and for addresses without one; 0 for any that is free.
   *
   * @default 69
   */
  readonly port?: number;
  /**
   * Answer from the port that was asked, which passes NAT, load balancers and firewalls. Otherwise
   * each transfer has a port of its own, as in RFC 1350 §4, which a third party must guess.
   *
   * A read that asks for a window, or for blocks above 1,468 bytes, has a port of its own in either
   * case, since a forged request and a blind acknowledgement would otherwise send a window to the
   * owner of the forged address. A client that does not answer there repeats its request, from the
   * same port or a new one, and is answered from the port that it asked, with a window of 1, as are
   * its requests of the next hour. It loses the time until it repeats its first request.
   *
   * @default true
   */
  readonly singlePort?: boolean;
  /**
   * SO_RCVBUF of listening sockets in bytes: what waits there while a rack boots at once. The kernel
   * may grant less (`net.core.rmem_max`).
   *
   * @default 4_194_304 (4 MiB)
   */
  readonly receiveBufferBytes?: number;
  /**
   * SO_SNDBUF of listening sockets in bytes. The kernel may grant less (`net.core.wmem_max`).
   *
   * @default 2_097_152 (2 MiB)
   */
  readonly sendBufferBytes?: number;
  /**
   * Ports for the transfers that have one of their own, see {@link TftpServerOptions.singlePort}.
   *
   * @default any
   */
  readonly portRange?: { readonly from: number; readonly to: number };
  /**
   * Largest `blksize` granted in bytes, 8 to 65,464. By default what the link towards the client carries
   * unfragmented.
   */
  readonly maxBlockSize?: number;
  /**
   * Largest `windowsize` granted in blocks, 1 to 65,535; a window never has more than 4 MiB.
   *
   * @default 64
   */
  readonly maxWindowSize?: number;
  /**
   * Answers a write request by where its bytes go, or undefined for `ERROR 2 Access violation`. A
   * {@link TftpError} thrown here is answered by its wire code.
   *
   * @default the server is read-only
   */
  readonly sink?: (
    request: TftpWriteRequest,
  ) => TftpSink | undefined | Promise<TftpSink | undefined>;
  /** Allowances for particular clients; asked once for each request that is accepted. */
  readonly quirks?: (request: TftpReadRequest) => TftpQuirks | undefined;
  /**
   * What to do with a value that cannot be granted, such as `blksize 7`: leave the option out and
   * lower what is merely too large, or answer `ERROR 8`.
   *
   * @default 'omit'
   */
  readonly onInvalidOption?: 'omit' | 'error';
  /**
   * Leave `tsize` out for an empty file, since curl takes `tsize 0` for an error.
   *
   * @default true
   */
  readonly omitZeroTsize?: boolean;
  /** Budgets, in total and for one source; the rest keeps its default. */
  readonly limits?: Partial<TftpServerLimits>;
  /** When a datagram is repeated and when a client given up; the rest keeps its default. */
  readonly retransmission?: Partial<RetransmissionPolicy>;
  /** How a window's blocks are spread in time; the rest keeps its default. */
  readonly pacing?: Partial<PacingPolicy>;
  /**
   * Whether a source address gets an answer at all. If it throws, the address gets none.
   *
   * @default every address does
   */
  readonly allow?: (address: string) => boolean;
  /**
   * Interval between two `transferProgress` events of a transfer that moves on, in milliseconds: 1
   * or more. Each interval costs one event for each such transfer.
   *
   * @default progress is not reported
   */
  readonly progressIntervalMs?: number;
  /**
   * Called with each event. What it throws, or rejects with, comes back to it as `unexpectedError`;
   * if it throws at that as well, the process gets a warning (`process.emitWarning`).
   */
  readonly observe?: (event: TftpServerEvent) => void;
}
