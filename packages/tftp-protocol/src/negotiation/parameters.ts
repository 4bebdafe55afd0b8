import { type Rollover } from '../codec/block-number.js';
import { DEFAULT_BLKSIZE } from '../codec/constants.js';

/** Parameters of a transfer that both sides agreed on. */
export interface TransferParameters {
  /** Payload of a full DATA packet in bytes. */
  readonly blksize: number;
  /** Number of blocks sent before the sender waits for an acknowledgement. */
  readonly windowsize: number;
  /** Agreed retransmission interval in milliseconds; undefined if each side chooses its own. */
  readonly timeoutMs: number | undefined;
  /** Block number that follows 65,535. */
  readonly rollover: Rollover;
  /** Size of the file in bytes, if announced with `tsize`. */
  readonly tsize: number | undefined;
}

/** Parameters of a transfer without options (RFC 1350). */
export const DEFAULT_PARAMETERS: TransferParameters = {
  blksize: DEFAULT_BLKSIZE,
  windowsize: 1,
  timeoutMs: undefined,
  rollover: 0,
  tsize: undefined,
};
