/**
 * What a receiver makes of block numbers: which block is next, and when the sender wants an
 * acknowledgement (RFC 7440 §4, RFC 1350 §2 with a window of 1).
 *
 * A sender sends `windowsize` blocks from where it believes the receiver to be, so an ACK is due
 * where that flight ends: `windowsize` behind the last ACK, or behind the one before it when the last
 * was lost and the sender starts over from there. A block that was merely duplicated on its way must
 * not be taken for that: an ACK in the middle of a flight makes the sender start over, and so on for
 * the rest of the transfer. A gap is answered at once, but once only, since the rest of the flight
 * tells nothing new (EDK2 answers each block of it).
 */
import { absoluteBlock, type Rollover, wireBlock } from '../codec/block-number.js';

/** What a DATA packet's number means: the next block, one to be ignored, one to be answered. */
export type Arrival = 'next' | 'ignored' | 'answered';

/** The window of a receiver. */
export class ReceiveWindow {
  readonly #windowsize: number;
  readonly #rollover: Rollover;
  #received = 0;
  /** Block that calls for an ACK when it arrives, be it for the first time or again. */
  #flightEnd: number;
  /** Blocks of the last two ACKs. */
  #acked = 0;
  #ackedBefore = 0;
  #isComplete = false;
  #isGapAnswered = false;

  constructor(agreed: { readonly windowsize: number; readonly rollover: Rollover }) {
    this.#windowsize = agreed.windowsize;
    this.#rollover = agreed.rollover;
    this.#flightEnd = agreed.windowsize;
  }

  /** Last block that the sender may send before it gets another ACK. */
  get #limit(): number {
    return this.#acked + this.#windowsize;
  }

  /** Last block received in order; 0 before the first. */
  get received(): number {
    return this.#received;
  }

  /** Number on the wire of an ACK for all that was received. */
  get wireReceived(): number {
    return wireBlock(this.#received, this.#rollover);
  }

  /** Whether the next block ends a flight. */
  get isNextAnswered(): boolean {
    const next = this.#received + 1;
    return next === this.#flightEnd || next === this.#limit;
  }

  /** Takes the number of a DATA packet. A `next` block is to be taken by {@link advance}. */
  arrive(wire: number): Arrival {
    const expected = this.#received + 1;
    const block = absoluteBlock(wire, expected, this.#rollover);
    if (block === expected) {
      // A sender that does not wait for its ACK would fill our memory.
      return expected <= this.#limit ? 'next' : 'ignored';
    }
    if (block !== undefined && block < expected + this.#windowsize) {
      return this.#arriveEarly();
    }
    return this.#arriveAgain(wire);
  }

  /** The next block was taken. */
  advance(): void {
    this.#received += 1;
    this.#isGapAnswered = false;
  }

  /** The block taken last ends the file. */
  complete(): void {
    this.#isComplete = true;
  }

  /** An ACK for all that was received goes out: the sender's next flight starts behind it. */
  acknowledged(): void {
    if (this.#received > this.#acked) {
      this.#ackedBefore = this.#acked;
      this.#acked = this.#received;
    }
    this.#flightEnd = this.#limit;
  }

  #arriveEarly(): Arrival {
    if (this.#windowsize === 1 || this.#isGapAnswered) {
      return 'ignored';
    }
    this.#isGapAnswered = true;
    return 'answered';
  }

  #arriveAgain(wire: number): Arrival {
    const oldest = Math.max(1, this.#received - this.#windowsize + 1);
    const block = absoluteBlock(wire, oldest, this.#rollover);
    if (block === undefined || block > this.#received) {
      return 'ignored';
    }
    if (block === this.#ackedBefore + 1) {
      this.#flightEnd = this.#ackedBefore + this.#windowsize;
    }
    return this.#isComplete || block === this.#flightEnd ? 'answered' : 'ignored';
  }
}
