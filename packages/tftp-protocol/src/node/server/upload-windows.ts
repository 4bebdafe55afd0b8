import { type NegotiationPolicy } from '../../negotiation/negotiate.js';
import { type TransferParameters } from '../../negotiation/parameters.js';

/** Part of the budget that is left which one upload gets at most. */
const SHARE = 16;

/** A block of Ethernet's MTU, which every upload may use. */
const PLAIN_BLOCK = 1_468;

/**
 * Memory for uploads. Bytes of an upload wait while its sink is busy, up to a window; so the windows that
 * are granted are what all uploads may take up together. Each gets a sixteenth of what is left: as the
 * budget runs out, windows become smaller, down to a block.
 */
export class UploadWindows {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of all windows that are granted at present. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What the next upload may be granted. */
  limit(policy: NegotiationPolicy): NegotiationPolicy {
    const share = Math.max(0, Math.floor((this.#maxBytes - this.#bytes) / SHARE));
    return {
      ...policy,
      maxBlockSize: Math.min(policy.maxBlockSize, Math.max(PLAIN_BLOCK, share)),
      maxWindowBytes: Math.min(policy.maxWindowBytes, share),
    };
  }

  /**
   * Counts what an upload was granted.
   *
   * @returns its bytes, to be given back at its end
   */
  grant({ windowsize, blksize }: TransferParameters): number {
    const bytes = windowsize * blksize;
    this.#bytes += bytes;
    return bytes;
  }

  /** An upload is over. */
  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}
