/**
 * Window of a receiver: decides which block is next and when an acknowledgement is due (RFC 7440 §4; RFC 1350
 * §2 with a window of 1).
 *
 * A sender sends `windowsize` blocks after the last ACK that it received, so an ACK is due at the end of that
 * flight: `windowsize` blocks after the last ACK, or after the previous one if the last one was lost. A block
 * that was merely duplicated must not be mistaken for the end of a flight: an ACK in the middle of a flight
 * makes the sender start over, and so on for the rest of the transfer. A gap is answered immediately but only
 * once: the rest of the flight adds no information (EDK2 answers each block of it).
 */
import { absoluteBlock, type Rollover, wireBlock } from '../codec/block-number.js';

/** Meaning of a DATA packet's number: the next block, one to ignore, or one to answer with an ACK. */
export type Arrival = 'next' | 'ignored' | 'answered';

/** Window of a receiver. */
export class ReceiveWindow {
  readonly #windowsize: number;
  readonly #rollover: Rollover;
  #received = 0;
  /** Block that is always answered with an ACK when it arrives. */
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

  /** Last block that the sender may send before the next ACK. */
  get #limit(): number {
    return this.#acked + this.#windowsize;
  }

  /** Last block received in order; 0 before the first. */
  get received(): number {
    return this.#received;
  }

  /** Wire number of an ACK for everything received. */
  get wireReceived(): number {
    return wireBlock(this.#received, this.#rollover);
  }

  /** True if the next block ends a flight, and so is answered with an ACK. */
  get isNextAnswered(): boolean {
    const next = this.#received + 1;
    return next === this.#flightEnd || next === this.#limit;
  }

  /** Processes the wire number of a DATA packet. For a `next` block, call {@link advance}. */
  arrive(wire: number): Arrival {
    const expected = this.#received + 1;
    const block = absoluteBlock(wire, expected, this.#rollover);
    if (block === expected) {
      // Beyond the limit: a sender that does not wait for ACKs would fill this host's memory.
      return expected <= this.#limit ? 'next' : 'ignored';
    }
    if (block !== undefined && block < expected + this.#windowsize) {
      return this.#arriveEarly();
    }
    return this.#arriveAgain(wire);
  }

  /** Moves on to the next block. */
  advance(): void {
    this.#received += 1;
    this.#isGapAnswered = false;
  }

  /** Marks the last received block as the end of the file. */
  complete(): void {
    this.#isComplete = true;
  }

  /** Records an ACK for everything received: the sender's next flight starts after it. */
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
