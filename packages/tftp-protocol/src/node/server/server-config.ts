import { MAX_BLKSIZE, MAX_WINDOWSIZE, MIN_BLKSIZE, TFTP_PORT } from '../../codec/constants.js';
import { DEFAULT_NEGOTIATION_POLICY, type NegotiationPolicy } from '../../negotiation/negotiate.js';
import { DEFAULT_PACING_POLICY, type PacingPolicy } from '../../transfer/pacer.js';
import { type RetransmissionPolicy } from '../../transfer/retransmission.js';
import { type TftpReadRequest } from '../content/source.js';
import {
  expectChoice,
  expectInteger,
  expectNumber,
  MAX_TIMER_MS,
  type NumberRange,
} from '../option-values.js';
import { parseRetransmission } from '../retransmission-options.js';
import { type BindDatagramSocket, type DgramAddress } from '../udp/datagram-transport.js';
import { bindDgramSocket } from '../udp/dgram-socket.js';
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

/** Maximum size of a socket buffer, in bytes: a signed 32-bit integer. */
const MAX_BUFFER_BYTES = 0x7fff_ffff;

/** Highest file descriptor: a signed 32-bit integer. */
const MAX_FD = 0x7fff_ffff;

const PORTS: NumberRange = { least: 0, most: 0xffff };
const BLOCK_SIZES: NumberRange = { least: MIN_BLKSIZE, most: MAX_BLKSIZE };
const WINDOW_SIZES: NumberRange = { least: 1, most: MAX_WINDOWSIZE };
const BUFFER_SIZES: NumberRange = { least: 1, most: MAX_BUFFER_BYTES };
/** Range of limits that must be at least 1. */
const COUNTS: NumberRange = { least: 1, orInfinity: true };
/** Range of limits that may be 0. */
const AMOUNTS: NumberRange = { least: 0, orInfinity: true };

/** {@link TftpServerOptions} with defaults applied. */
export interface TftpServerConfig {
  readonly source: TftpServerOptions['source'] | undefined;
  readonly sink: TftpServerOptions['sink'] | undefined;
  readonly listen: 'auto' | readonly (DgramAddress | TftpInheritedSocket)[];
  readonly bind: BindDatagramSocket;
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
 * Validates the options of a server and applies the defaults.
 *
 * @throws TypeError when there is neither a source nor a sink
 * @throws RangeError when a number is out of range, or `onInvalidOption` is not one of its choices
 */
export function parseServerOptions(options: TftpServerOptions): TftpServerConfig {
  const port = expectInteger('port', options.port ?? TFTP_PORT, PORTS);
  const { portRange, maxBlockSize, maxWindowSize, onInvalidOption, omitZeroTsize } = options;
  const negotiation = DEFAULT_NEGOTIATION_POLICY;
  if (portRange !== undefined) {
    expectInteger('portRange.from', portRange.from, { least: 1, most: 0xffff });
    expectInteger('portRange.to', portRange.to, { least: portRange.from, most: 0xffff });
  }
  if (maxBlockSize !== undefined) {
    expectInteger('maxBlockSize', maxBlockSize, BLOCK_SIZES);
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
    bind: options.bind ?? bindDgramSocket,
    buffers: {
      receiveBytes: expectInteger(
        'receiveBufferBytes',
        options.receiveBufferBytes ?? 4 * 1024 * 1024,
        BUFFER_SIZES,
      ),
      sendBytes: expectInteger(
        'sendBufferBytes',
        options.sendBufferBytes ?? 2 * 1024 * 1024,
        BUFFER_SIZES,
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
        WINDOW_SIZES,
      ),
      onInvalidOption: expectChoice(
        'onInvalidOption',
        onInvalidOption ?? negotiation.onInvalidOption,
        ['omit', 'error'],
      ),
      omitZeroTsize: omitZeroTsize ?? negotiation.omitZeroTsize,
    },
    quirks: (request) => checkedQuirks(options.quirks?.(request)),
    limits: limitsOf(options),
    retransmission: parseRetransmission(options.retransmission),
    pacing: pacingOf(options),
    progressIntervalMs:
      options.progressIntervalMs === undefined
        ? undefined
        : expectInteger('progressIntervalMs', options.progressIntervalMs, {
            least: 1,
            most: MAX_TIMER_MS,
          }),
    allow: options.allow ?? (() => true),
    onEvent: containedObserver(options.onEvent),
  };
}

/**
 * Returns the limits. The port range also limits the number of sockets, and the number of sockets limits the
 * transfers if each has its own: shares are fair only if they are shares of what is really available.
 */
function limitsOf(options: TftpServerOptions): TftpServerLimits {
  const limits = checkedLimits({ ...DEFAULT_SERVER_LIMITS, ...options.limits });
  const { portRange, singlePort } = options;
  const ports = portRange === undefined ? Infinity : portRange.to - portRange.from + 1;
  const maxSockets = Math.min(limits.maxSockets, ports);
  const maxTransfers =
    singlePort === false ? Math.min(limits.maxTransfers, maxSockets) : limits.maxTransfers;
  return { ...limits, maxSockets, maxTransfers };
}

function checkedLimits(limits: TftpServerLimits): TftpServerLimits {
  const { openMs, maxAmplification } = limits;
  for (const name of [
    'maxTransfers',
    'maxTransfersPerSource',
    'maxHalfOpen',
    'maxSources',
  ] as const) {
    expectInteger(`limits.${name}`, limits[name], COUNTS);
  }
  for (const name of ['maxSockets', 'maxChunkBytes', 'maxUploadBytes'] as const) {
    expectInteger(`limits.${name}`, limits[name], AMOUNTS);
  }
  for (const name of [
    'requestsPerSource',
    'newRequests',
    'repeatedRequests',
    'unprovenBytesPerSource',
  ] as const) {
    expectNumber(`limits.${name}.perSecond`, limits[name].perSecond, { least: 0 });
    expectNumber(`limits.${name}.burst`, limits[name].burst, AMOUNTS);
  }
  expectNumber('limits.maxAmplification', maxAmplification, AMOUNTS);
  expectNumber('limits.openMs', openMs, COUNTS);
  return limits;
}

function pacingOf(options: TftpServerOptions): PacingPolicy {
  const pacing = { ...DEFAULT_PACING_POLICY, ...options.pacing };
  expectInteger('pacing.burstBlocks', pacing.burstBlocks, COUNTS);
  expectNumber('pacing.gapMs', pacing.gapMs, { least: 0 });
  return pacing;
}

function checkedQuirks(quirks: TftpQuirks | undefined): TftpQuirks | undefined {
  const { maxBlockSize, maxWindowSize } = quirks ?? {};
  if (maxBlockSize !== undefined) {
    expectInteger('maxBlockSize of quirks', maxBlockSize, BLOCK_SIZES);
  }
  if (maxWindowSize !== undefined) {
    expectInteger('maxWindowSize of quirks', maxWindowSize, WINDOW_SIZES);
  }
  return quirks;
}

function listenAt(
  entry: TftpListenAddress | TftpInheritedSocket,
  port: number,
): DgramAddress | TftpInheritedSocket {
  if ('fd' in entry) {
    return { fd: expectInteger('fd', entry.fd, { least: 0, most: MAX_FD }) };
  }
  const { address } = entry;
  return { address, port: expectInteger(`port of ${address}`, entry.port ?? port, PORTS) };
}
