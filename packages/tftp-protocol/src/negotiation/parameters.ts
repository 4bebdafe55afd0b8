import { type Rollover } from '../codec/block-number.js';
import { DEFAULT_BLKSIZE } from '../codec/constants.js';

/** What both sides of a transfer agreed upon. */
export interface TransferParameters {
  /** Payload of a full DATA packet in bytes. */
  readonly blksize: number;
  /** Blocks that are sent before an acknowledgement is awaited. */
  readonly windowsize: number;
  /** Retransmission interval in milliseconds when one was agreed, else the sender's own choice. */
  readonly timeoutMs: number | undefined;
  /** Block number that follows 65,535. */
  readonly rollover: Rollover;
  /** Size of the file in bytes as announced by `tsize`, when it was. */
  readonly tsize: number | undefined;
}

/** What holds when no option was agreed upon (RFC 1350). */
export const DEFAULT_PARAMETERS: TransferParameters = {
  blksize: DEFAULT_BLKSIZE,
  windowsize: 1,
  timeoutMs: undefined,
  rollover: 0,
  tsize: undefined,
};
