import { MAX_BLKSIZE, MAX_WINDOWSIZE, MIN_BLKSIZE } from '../../codec/constants.js';
import { type TftpOption, type TftpOptions, type TransferMode } from '../../codec/packet.js';
import {
  DEFAULT_RETRANSMISSION_POLICY,
  type RetransmissionPolicy,
} from '../../transfer/retransmission.js';
import { expectChoice, expectInteger } from '../option-values.js';
import { parseRetransmission } from '../retransmission-options.js';

/** Options of a transfer. The server may grant smaller values than requested. */
export interface TftpTransferOptions {
  /**
   * Block size to request, in bytes: 8 to 65,464. The default passes Ethernet and common tunnels without
   * fragmentation.
   *
   * @default 1428
   */
  readonly blksize?: number;
  /**
   * Window to request, in blocks: 1 to 65,535. With 1, no `windowsize` option is sent.
   *
   * @default 16
   */
  readonly windowsize?: number;
  /**
   * Retransmission interval to agree on, in whole seconds from 1 to 255.
   *
   * @default none: each side adapts its own interval
   */
  readonly timeoutSeconds?: number;
  /**
   * Block number that follows 65,535, 0 or 1, requested with tftp-hpa's `rollover` option.
   *
   * @default not requested, which means 0
   */
  readonly rollover?: 0 | 1;
  /** @default 'octet' */
  readonly mode?: TransferMode;
  /**
   * Further options to request, after the others. A server ignores unknown options (RFC 2347).
   *
   * @default none
   */
  readonly extraOptions?: TftpOptions;
  /**
   * True to repeat the request without options if the server answers with ERROR 8 (RFC 2347).
   *
   * @default true
   */
  readonly retryWithoutOptions?: boolean;
  /**
   * Retransmission intervals and timeouts; missing values keep their defaults, but `handshakeSends` is 6 for
   * a client.
   */
  readonly retransmission?: Partial<RetransmissionPolicy>;
  /** Aborts the transfer; the promise is then rejected with `ERR_TFTP_ABORTED`. */
  readonly signal?: AbortSignal;
  /** Called with the progress of the transfer. If it throws, the transfer is aborted. */
  readonly onProgress?: (progress: TftpProgress) => void;
}

/** Progress of a transfer. */
export interface TftpProgress {
  /** Payload bytes transferred so far; in netascii, possibly more than in the file. */
  readonly bytes: number;
  /** Size on the wire in bytes, if known. */
  readonly size: number | undefined;
}

/** Options of {@link TftpClient.get} and {@link TftpClient.getStream}. */
export interface TftpGetOptions extends TftpTransferOptions {
  /**
   * Maximum size of the file, in bytes.
   *
   * @default 1_073_741_824 (1 GiB) for `get`, none for `getStream`
   */
  readonly maxBytes?: number;
  /**
   * True to fail if the file's size differs from the `tsize` announced by the server. RFC 2349 makes
   * `tsize` a hint, and some servers announce a wrong one. With false, a file truncated on the server
   * goes unnoticed. Ignored in netascii, where servers disagree on what `tsize` counts.
   *
   * @default true
   */
  readonly checkSize?: boolean;
}

/** Options of {@link TftpClient.put}. */
export interface TftpPutOptions extends TftpTransferOptions {
  /**
   * Size of a stream in bytes, if known. It is announced to the server, except in netascii; the transfer
   * fails with `ERR_TFTP_ABORTED` if the stream has fewer or more bytes.
   */
  readonly size?: number;
}

/** Server of a client, and defaults for its transfers. */
export interface TftpClientOptions extends Omit<TftpTransferOptions, 'signal' | 'onProgress'> {
  /** Name or IP address of the server. */
  readonly host: string;
  /** @default 69 */
  readonly port?: number;
  /**
   * Address family to resolve the host name to.
   *
   * @default that of `localAddress`, otherwise the system's choice
   */
  readonly family?: 4 | 6;
  /**
   * Local address to send from.
   *
   * @default the system's choice
   */
  readonly localAddress?: string;
}

/** File read as a stream. */
export interface TftpDownloadStream {
  /** Content of the file. Cancelling the stream ends the transfer. */
  readonly stream: ReadableStream<Uint8Array>;
  /** Size in bytes announced by the server, if any. */
  readonly size: number | undefined;
  /** Agreed block size, in bytes. */
  readonly blksize: number;
  /** Agreed window, in blocks. */
  readonly windowsize: number;
  /** UDP port that the server answers from. */
  readonly serverPort: number;
}

/** Transfer summary. */
export interface TftpSummary {
  /** Payload bytes acknowledged by the server: all but the last block if `finalAckMissing` is true. */
  readonly bytes: number;
  /** Agreed block size, in bytes. */
  readonly blksize: number;
  /** Agreed window, in blocks. */
  readonly windowsize: number;
  /** True if the server never acknowledged the last block of a write. */
  readonly finalAckMissing: boolean;
}

/** {@link TftpTransferOptions} with defaults applied. */
export interface ClientTransferConfig {
  readonly blksize: number;
  readonly windowsize: number;
  readonly timeoutSeconds: number | undefined;
  readonly rollover: 0 | 1 | undefined;
  readonly mode: TransferMode;
  readonly extraOptions: TftpOptions;
  readonly retryWithoutOptions: boolean;
  readonly retransmission: RetransmissionPolicy;
}

/** Retransmission defaults for a client, which sends its request up to 6 times. */
const CLIENT_RETRANSMISSION: RetransmissionPolicy = {
  ...DEFAULT_RETRANSMISSION_POLICY,
  handshakeSends: 6,
};

/**
 * Merges layers of options (later layers win) and applies the defaults.
 *
 * @throws RangeError when a number is out of its range, or another option is not one of its choices
 */
export function parseTransferOptions(
  ...layers: readonly Partial<TftpTransferOptions>[]
): ClientTransferConfig {
  const options = layers.reduce((all, layer) => ({ ...all, ...layer }), {});
  const { timeoutSeconds } = options;
  return {
    blksize: expectInteger('blksize', options.blksize ?? 1_428, {
      least: MIN_BLKSIZE,
      most: MAX_BLKSIZE,
    }),
    windowsize: expectInteger('windowsize', options.windowsize ?? 16, {
      least: 1,
      most: MAX_WINDOWSIZE,
    }),
    timeoutSeconds:
      timeoutSeconds === undefined
        ? undefined
        : expectInteger('timeoutSeconds', timeoutSeconds, { least: 1, most: 255 }),
    rollover:
      options.rollover === undefined
        ? undefined
        : expectChoice<0 | 1>('rollover', options.rollover, [0, 1]),
    mode: expectChoice('mode', options.mode ?? 'octet', ['octet', 'netascii']),
    extraOptions: options.extraOptions ?? [],
    retryWithoutOptions: options.retryWithoutOptions ?? true,
    retransmission: parseRetransmission(options.retransmission, CLIENT_RETRANSMISSION),
  };
}

/**
 * Returns the options of a request.
 *
 * @param tsize - 0 to request the size, or the size to announce; undefined to leave the option out
 */
export function requestOptions(
  config: ClientTransferConfig,
  tsize: number | undefined,
): TftpOption[] {
  const options: TftpOption[] = [];
  const add = (name: string, value: number | undefined): void => {
    if (value !== undefined) {
      options.push([name, String(value)]);
    }
  };
  add('tsize', tsize);
  add('blksize', config.blksize);
  add('windowsize', config.windowsize === 1 ? undefined : config.windowsize);
  add('timeout', config.timeoutSeconds);
  add('rollover', config.rollover);
  return [...options, ...config.extraOptions];
}
