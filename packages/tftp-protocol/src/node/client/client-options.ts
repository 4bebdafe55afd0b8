import { MAX_BLKSIZE, MAX_WINDOWSIZE, MIN_BLKSIZE } from '../../codec/constants.js';
import { type TftpOption, type TransferMode } from '../../codec/packet.js';
import {
  DEFAULT_RETRANSMISSION_POLICY,
  type RetransmissionPolicy,
} from '../../transfer/retransmission.js';

/** Options of a transfer. Those that go to the server are wishes: it may grant less. */
export interface TftpTransferOptions {
  /**
   * Block size to ask for, in bytes: 8 to 65,464. The default passes Ethernet unfragmented even
   * through the usual tunnels.
   *
   * @default 1428
   */
  readonly blksize?: number;
  /**
   * Window to ask for, in blocks: 1 to 65,535; 1 is not asked for.
   *
   * @default 16
   */
  readonly windowsize?: number;
  /**
   * Retransmission interval that both sides keep to, in whole seconds from 1 to 255.
   *
   * @default none is agreed upon, and each side adapts its own
   */
  readonly timeoutSeconds?: number;
  /**
   * Block number to ask for after 65,535, by the option of tftp-hpa: 0 or 1.
   *
   * @default not asked for, which means 0
   */
  readonly rollover?: 0 | 1;
  /** @default 'octet' */
  readonly mode?: TransferMode;
  /**
   * Whether to ask once more without any option when the server answers by ERROR 8 (RFC 2347).
   *
   * @default true
   */
  readonly retryWithoutOptions?: boolean;
  /** When a datagram is repeated and the server given up; the rest keeps its default. */
  readonly retransmission?: Partial<RetransmissionPolicy>;
  /** Ends the transfer; the promise is then rejected by `ERR_TFTP_ABORTED`. */
  readonly signal?: AbortSignal;
  /** Called with the progress of the transfer. What it throws ends the transfer. */
  readonly onProgress?: (progress: TftpProgress) => void;
}

/** Progress of a transfer. */
export interface TftpProgress {
  /** Bytes of the file so far, as they travel: in netascii these are more than in the file. */
  readonly bytes: number;
  /** Size of the file in bytes as it travels, if it is known. */
  readonly size: number | undefined;
}

/** Options of {@link TftpClient.get} and {@link TftpClient.getStream}. */
export interface TftpGetOptions extends TftpTransferOptions {
  /**
   * Largest file taken, in bytes.
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
  /** Size of a stream in bytes, if it is known; announced to the server. */
  readonly size?: number;
}

/** The server that a client talks to, and the options of every transfer with it. */
export interface TftpClientOptions extends Omit<TftpTransferOptions, 'signal' | 'onProgress'> {
  /** Name or IP address of the server. */
  readonly host: string;
  /** @default 69 */
  readonly port?: number;
  /** Family of the server's address when its name has both. */
  readonly family?: 4 | 6;
  /**
   * Address to send from.
   *
   * @default the system's choice
   */
  readonly localAddress?: string;
}

/** A file that is being read as a stream. */
export interface TftpDownloadStream {
  /** The file's bytes. Cancelling it ends the transfer. */
  readonly stream: ReadableStream<Uint8Array>;
  /** Size in bytes as the server announced it, if it did. */
  readonly size: number | undefined;
}

/** Summary of a transfer. */
export interface TftpSummary {
  /** Bytes of the file as they travelled. */
  readonly bytes: number;
  /** Block size that was agreed upon, in bytes. */
  readonly blksize: number;
  /** Window that was agreed upon, in blocks. */
  readonly windowsize: number;
  /** Writing only: everything was sent, but the server never acknowledged the last block. */
  readonly finalAckMissing: boolean;
}

/** {@link TftpTransferOptions} with every default in its place. */
export interface ClientTransferConfig {
  readonly blksize: number;
  readonly windowsize: number;
  readonly timeoutSeconds: number | undefined;
  readonly rollover: 0 | 1 | undefined;
  readonly mode: TransferMode;
  readonly retryWithoutOptions: boolean;
  readonly retransmission: RetransmissionPolicy;
}

/** A client's request goes out this often at most; a server's answers are its own to limit. */
const REQUEST_SENDS = 6;

/** @throws RangeError when a number is out of its range */
export function parseTransferOptions(
  ...layers: readonly Partial<TftpTransferOptions>[]
): ClientTransferConfig {
  const options = layers.reduce((all, layer) => ({ ...all, ...layer }), {});
  const { timeoutSeconds } = options;
  return {
    blksize: expectInteger('blksize', options.blksize ?? 1_428, MIN_BLKSIZE, MAX_BLKSIZE),
    windowsize: expectInteger('windowsize', options.windowsize ?? 16, 1, MAX_WINDOWSIZE),
    timeoutSeconds:
      timeoutSeconds === undefined
        ? undefined
        : expectInteger('timeoutSeconds', timeoutSeconds, 1, 255),
    rollover: options.rollover,
    mode: options.mode ?? 'octet',
    retryWithoutOptions: options.retryWithoutOptions ?? true,
    retransmission: {
      ...DEFAULT_RETRANSMISSION_POLICY,
      handshakeSends: REQUEST_SENDS,
      ...options.retransmission,
    },
  };
}

/**
 * The options of a request.
 *
 * @param tsize - 0 to ask for the size, or the size to announce; undefined for neither
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
  return options;
}

function expectInteger(name: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} must be an integer from ${least} to ${most}, got ${value}`);
  }
  return value;
}
