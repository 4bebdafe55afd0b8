import { type TransferMode } from '../../codec/packet.js';
import { type RetransmissionPolicy } from '../../transfer/retransmission.js';

/** What a client asks of a server; the server may grant less. */
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
  /** Is told how far the transfer has come. */
  readonly onProgress?: (progress: TftpProgress) => void;
}

/** How far a transfer has come. */
export interface TftpProgress {
  /** Bytes of the file as they travel: in netascii these are more than in the file. */
  readonly transferredBytes: number;
  /** Size of the file as they travel, if it is known. */
  readonly totalBytes: number | undefined;
}

/** Options of {@link TftpClient.get} and {@link TftpClient.getStream}. */
export interface TftpGetOptions extends TftpTransferOptions {
  /**
   * Largest file taken, in bytes.
   *
   * @default 1_073_741_824 (1 GiB) for `get`, none for `getStream`
   */
  readonly maxBytes?: number;
}

/** Options of {@link TftpClient.put}. */
export interface TftpPutOptions extends TftpTransferOptions {
  /** Size of a stream in bytes, if it is known; announced to the server. */
  readonly sizeBytes?: number;
}

/** Which server a client talks to. */
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

/** What came of a transfer. */
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
