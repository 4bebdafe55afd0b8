import { MAX_BLKSIZE, MAX_WINDOWSIZE, MIN_BLKSIZE, TFTP_PORT } from '../../codec/constants.js';
import { DEFAULT_NEGOTIATION_POLICY, type NegotiationPolicy } from '../../negotiation/negotiate.js';
import { DEFAULT_PACING_POLICY, type PacingPolicy } from '../../transfer/pacer.js';
import {
  DEFAULT_RETRANSMISSION_POLICY,
  type RetransmissionPolicy,
} from '../../transfer/retransmission.js';
import { type TftpReadRequest } from '../content/source.js';
import { type DgramAddress } from '../udp/dgram-transport.js';
import { type TftpInheritedSocket } from '../udp/inherited-sockets.js';
import { type SocketBuffers } from '../udp/listeners.js';
import { containedObserver } from './contained-observer.js';
import { type TftpServerEvent } from './server-events.js';
import { DEFAULT_SERVER_LIMITS, type TftpServerLimits } from './server-limits.js';
import {
  type TftpListenAddress,
  type TftpQuirks,
  type TftpServerOptions,
} from './server-options.js';

/**
 * Maximum size of a socket buffer in bytes, and highest descriptor number: both are signed 32-bit integers.
 */
const MAX_BUFFER_BYTES = 0x7fff_ffff;
const MAX_FD = 0x7fff_ffff;

/** Longest interval supported by Node's timers, in milliseconds. */
const MAX_TIMER_MS = 0x7fff_ffff;

/** {@link TftpServerOptions} with defaults applied. */
export interface TftpServerConfig {
  readonly source: TftpServerOptions['source'] | undefined;
  readonly sink: TftpServerOptions['sink'] | undefined;
  readonly listen: 'auto' | readonly (DgramAddress | TftpInheritedSocket)[];
  readonly buffers: SocketBuffers;
  readonly port: number;
  readonly singlePort: boolean;
  readonly portRange: { readonly from: number; readonly to: number } | undefined;
  /** Undefined for the largest block that the link carries without fragmentation. */
  readonly maxBlockSize: number | undefined;
  readonly negotiation: NegotiationPolicy;
  readonly quirks: (request: TftpReadRequest) => TftpQuirks | undefined;
  readonly limits: TftpServerLimits;
  readonly retransmission: RetransmissionPolicy;
  readonly pacing: PacingPolicy;
  readonly allow: (address: string) => boolean;
  readonly progressIntervalMs: number | undefined;
  readonly onEvent: (event: TftpServerEvent) => void;
}

/**
 * Validates the options of a server and applies the defaults. The values in `limits`, `retransmission` and
 * `pacing` are not validated.
 *
 * @throws TypeError when there is neither a source nor a sink
 * @throws RangeError when another number is out of range
 */
export function parseServerOptions(options: TftpServerOptions): TftpServerConfig {
  const port = expectInteger('port', options.port ?? TFTP_PORT, 0, 0xffff);
  const { portRange, maxBlockSize, maxWindowSize, onInvalidOption, omitZeroTsize } = options;
  const negotiation = DEFAULT_NEGOTIATION_POLICY;
  if (portRange !== undefined) {
    expectInteger('portRange.from', portRange.from, 1, 0xffff);
    expectInteger('portRange.to', portRange.to, portRange.from, 0xffff);
  }
  if (maxBlockSize !== undefined) {
    expectInteger('maxBlockSize', maxBlockSize, MIN_BLKSIZE, MAX_BLKSIZE);
  }
  if (options.source === undefined && options.sink === undefined) {
    throw new TypeError('a server needs a source, a sink or both, got neither');
  }
  return {
    source: options.source,
    sink: options.sink,
    listen:
      options.listen === undefined || options.listen === 'auto'
        ? 'auto'
        : options.listen.map((entry) => listenAt(entry, port)),
    buffers: {
      receiveBytes: expectInteger(
        'receiveBufferBytes',
        options.receiveBufferBytes ?? 4 * 1024 * 1024,
        1,
        MAX_BUFFER_BYTES,
      ),
      sendBytes: expectInteger(
        'sendBufferBytes',
        options.sendBufferBytes ?? 2 * 1024 * 1024,
        1,
        MAX_BUFFER_BYTES,
      ),
    },
    port,
    singlePort: options.singlePort ?? true,
    portRange,
    maxBlockSize,
    negotiation: {
      ...negotiation,
      maxWindowSize: expectInteger(
        'maxWindowSize',
        maxWindowSize ?? negotiation.maxWindowSize,
        1,
        MAX_WINDOWSIZE,
      ),
      onInvalidOption: onInvalidOption ?? negotiation.onInvalidOption,
      omitZeroTsize: omitZeroTsize ?? negotiation.omitZeroTsize,
    },
    quirks: options.quirks ?? (() => undefined),
    limits: limitsOf(options),
    retransmission: { ...DEFAULT_RETRANSMISSION_POLICY, ...options.retransmission },
    pacing: { ...DEFAULT_PACING_POLICY, ...options.pacing },
    progressIntervalMs:
      options.progressIntervalMs === undefined
        ? undefined
        : expectInteger('progressIntervalMs', options.progressIntervalMs, 1, MAX_TIMER_MS),
    allow: options.allow ?? (() => true),
    onEvent: containedObserver(options.onEvent),
  };
}

/**
 * Returns the limits, with sockets limited to the size of the port range, and transfers to the number of
 * sockets if each has its own: shares are fair only if they are shares of what is available.
 */
function limitsOf(options: TftpServerOptions): TftpServerLimits {
  const limits = { ...DEFAULT_SERVER_LIMITS, ...options.limits };
  const { portRange, singlePort } = options;
  const ports = portRange === undefined ? Infinity : portRange.to - portRange.from + 1;
  const maxSockets = Math.min(limits.maxSockets, ports);
  const maxTransfers =
    singlePort === false ? Math.min(limits.maxTransfers, maxSockets) : limits.maxTransfers;
  return { ...limits, maxSockets, maxTransfers };
}

function listenAt(
  entry: TftpListenAddress | TftpInheritedSocket,
  port: number,
): DgramAddress | TftpInheritedSocket {
  if ('fd' in entry) {
    return { fd: expectInteger('fd', entry.fd, 0, MAX_FD) };
  }
  const { address } = entry;
  return { address, port: expectInteger(`port of ${address}`, entry.port ?? port, 0, 0xffff) };
}

function expectInteger(name: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} must be an integer from ${least} to ${most}, got ${value}`);
  }
  return value;
}
