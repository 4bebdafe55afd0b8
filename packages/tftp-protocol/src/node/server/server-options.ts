import { type PacingPolicy } from '../../transfer/pacer.js';
import { type RetransmissionPolicy } from '../../transfer/retransmission.js';
import { type TftpSink, type TftpWriteRequest } from '../content/sink.js';
import { type TftpReadRequest, type TftpSource } from '../content/source.js';
import { type BindDatagramSocket } from '../udp/datagram-transport.js';
import { type TftpInheritedSocket } from '../udp/inherited-sockets.js';
import { type TftpServerEvent } from './server-events.js';
import { type TftpServerLimits } from './server-limits.js';

/** Address to listen on. */
export interface TftpListenAddress {
  /**
   * IP address; a socket for an IPv6 address accepts only IPv6. With a wildcard address (`0.0.0.0`, `::`),
   * the system picks the source address of answers, and firmware may reject answers from an address that it
   * did not contact.
   */
  readonly address: string;
  /**
   * UDP port, 1 to 65,535, or 0 for any free port.
   *
   * @default TftpServerOptions.port
   */
  readonly port?: number;
}

/** Restrictions for a client. */
export interface TftpQuirks {
  /** Options to treat as unknown, in lower case. */
  readonly refuseOptions?: readonly string[];
  /** Largest `blksize` granted, in bytes. */
  readonly maxBlockSize?: number;
  /** Largest `windowsize` granted, in blocks. */
  readonly maxWindowSize?: number;
}

/** Options of a server. */
export interface TftpServerOptions {
  /**
   * Returns the source for a read request, or undefined for `ERROR 1 File not found`. A
   * {@link TftpError} thrown here is answered with its wire code.
   *
   * @default none: the server only accepts uploads, and needs a `sink`
   */
  readonly source?: (
    request: TftpReadRequest,
  ) => TftpSource | undefined | Promise<TftpSource | undefined>;
  /**
   * Addresses to listen on. `auto` binds a socket for each address of this host and checks for new ones at
   * least every 5 seconds, so that answers always come from the requested address. An inherited socket is
   * given by its file descriptor ({@link inheritedSockets}).
   *
   * @default 'auto'
   */
  readonly listen?: 'auto' | readonly (TftpListenAddress | TftpInheritedSocket)[];
  /**
   * Binds the sockets of the server, such as `bindUdpSocket` of `@pxe/udp-batch`, which moves many datagrams per
   * system call.
   *
   * @default sockets of `node:dgram`
   */
  readonly bind?: BindDatagramSocket;
  /**
   * UDP port for `auto` and for addresses without one; 0 for any free port.
   *
   * @default 69
   */
  readonly port?: number;
  /**
   * True to answer from the listening port, which works through NAT, load balancers and firewalls. Otherwise
   * each transfer has its own port (RFC 1350 §4), which a third party would have to guess.
   *
   * A read that requests a window or blocks above 1,468 bytes gets its own port in either case: otherwise, a
   * forged request and a blind acknowledgement would send a window to the owner of the forged address. A
   * client that is not reached from there repeats its request, from the same or a new port, and is then
   * answered from the listening port, with a window of 1 and blocks of at most 1,468 bytes. So are its
   * requests in the next hour; only the first one is delayed, until the client repeats it.
   *
   * @default true
   */
  readonly singlePort?: boolean;
  /**
   * SO_RCVBUF of listening sockets in bytes, 1 to 2,147,483,647; it absorbs the requests from a rack that boots
   * at once. The kernel may grant less (`net.core.rmem_max`).
   *
   * @default 4_194_304 (4 MiB)
   */
  readonly receiveBufferBytes?: number;
  /**
   * SO_SNDBUF of listening sockets in bytes, 1 to 2,147,483,647. The kernel may grant less
   * (`net.core.wmem_max`).
   *
   * @default 2_097_152 (2 MiB)
   */
  readonly sendBufferBytes?: number;
  /**
   * Port range for transfers with their own port, within 1 to 65,535 and inclusive at both ends; see
   * {@link TftpServerOptions.singlePort}. Its size limits the number of such transfers. If `singlePort` is
   * false, a source holds at most half as many ports as are free.
   *
   * @default any
   */
  readonly portRange?: { readonly from: number; readonly to: number };
  /**
   * Largest `blksize` granted in bytes, 8 to 65,464.
   *
   * @default the largest block that the link towards the client carries without fragmentation
   */
  readonly maxBlockSize?: number;
  /**
   * Largest `windowsize` granted in blocks, 1 to 65,535; a window never exceeds 4 MiB.
   *
   * @default 64
   */
  readonly maxWindowSize?: number;
  /**
   * Returns the sink for a write request, or undefined for `ERROR 2 Access violation`. A
   * {@link TftpError} thrown here is answered with its wire code.
   *
   * @default none: the server is read-only
   */
  readonly sink?: (
    request: TftpWriteRequest,
  ) => TftpSink | undefined | Promise<TftpSink | undefined>;
  /**
   * Returns the restrictions for the client of a request, or undefined for none. Called once per request for
   * which a source or sink was opened; if it throws, the request is refused.
   *
   * @default no restrictions
   */
  readonly quirks?: (request: TftpReadRequest) => TftpQuirks | undefined;
  /**
   * Treatment of invalid values, such as `blksize 7`: `omit` leaves the option out, and lowers a block size
   * or window above the RFC's maximum; `error` answers `ERROR 8`.
   *
   * @default 'omit'
   */
  readonly onInvalidOption?: 'omit' | 'error';
  /**
   * True to leave `tsize` out for an empty file: curl treats `tsize 0` as an error.
   *
   * @default true
   */
  readonly omitZeroTsize?: boolean;
  /** Limits, in total and per source; missing values keep their defaults. */
  readonly limits?: Partial<TftpServerLimits>;
  /** Retransmission intervals and timeouts; missing values keep their defaults. */
  readonly retransmission?: Partial<RetransmissionPolicy>;
  /** Spreading of a window's blocks over time; missing values keep their defaults. */
  readonly pacing?: Partial<PacingPolicy>;
  /**
   * Returns true if a source address may be answered. If it throws, the address gets no answer.
   *
   * @default every address is answered
   */
  readonly allow?: (address: string) => boolean;
  /**
   * Interval between two `transferProgress` events of an active transfer, in milliseconds: 1 to
   * 2,147,483,647. A shorter interval costs more events: one per interval and transfer that made progress.
   *
   * @default progress is not reported
   */
  readonly progressIntervalMs?: number;
  /**
   * Called with each event. Errors and rejections of `onEvent` itself are reported to it as
   * `unexpectedError`; if it fails again, a process warning is emitted (`process.emitWarning`).
   */
  readonly onEvent?: (event: TftpServerEvent) => void;
}
