import { type NegotiationPolicy } from '../../negotiation/negotiate.js';
import { type TransferParameters } from '../../negotiation/parameters.js';

/** Divisor: one upload gets at most the remaining budget divided by this number. */
const SHARE = 16;

/** Block size that every upload may use, in bytes: a block that fits the MTU of Ethernet. */
const PLAIN_BLOCK = 1_468;

/**
 * Memory for uploads. Up to one window of data waits while a sink is busy, so the granted windows limit the
 * memory of all uploads. Each upload gets at most a sixteenth of the remaining budget; as the budget runs
 * out, windows shrink, down to one block.
 */
export class UploadWindows {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Sum of all granted windows, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Returns `policy` with the block size and window limited for the next upload. */
  limit(policy: NegotiationPolicy): NegotiationPolicy {
    const share = Math.max(0, Math.floor((this.#maxBytes - this.#bytes) / SHARE));
    return {
      ...policy,
      maxBlockSize: Math.min(policy.maxBlockSize, Math.max(PLAIN_BLOCK, share)),
      maxWindowBytes: Math.min(policy.maxWindowBytes, share),
    };
  }

  /**
   * Counts the window granted to an upload.
   *
   * @returns its size in bytes, for {@link giveBack}
   */
  grant({ windowsize, blksize }: TransferParameters): number {
    const bytes = windowsize * blksize;
    this.#bytes += bytes;
    return bytes;
  }

  /** Puts back the window of an upload that has ended. */
  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}
