/**
 * Which block goes out next: the window of a sender and its recovery from loss (RFC 7440 §4).
 *
 * Blocks are absolute, from 1. `acked` is the last that is known to have arrived, `cursor` the next
 * to send. Blocks go out in flights of `windowsize`, and the peer acknowledges a flight's end. An
 * ACK from within a flight tells that the rest was lost: the next flight starts behind it. But the
 * end of the flight that was given up may be acknowledged yet, when an ACK was caused by the peer's
 * timer or came late. That tells nothing about the flight under way; going back once more would
 * leave two flights chasing each other for the rest of the transfer.
 *
 * An ACK that repeats `acked` may mean that a flight's first block was lost, or that the ACK itself
 * was duplicated. Sending the window again for each would double the traffic for the rest of the
 * transfer (the Sorcerer's Apprentice Syndrome), and EDK2 sends one per block of a torn window. So:
 *
 * - with windowsize 1 it is never acted upon (RFC 1123 §4.2.3.1);
 * - else there is one credit for it, given by the ACK of a whole flight none of which was sent
 *   twice;
 * - it counts only if it had time to be an answer to the flight.
 */
import { absoluteBlock, type Rollover } from '../codec/block-number.js';
import { type Pacer } from './pacer.js';
import { type RetransmissionTimer } from './retransmission.js';

/**
 * What an acknowledgement did: `ignored`, moved the window on (`advanced`), or made it start again
 * without anything new having arrived (`restarted`).
 */
export type AckEffect = 'ignored' | 'advanced' | 'restarted';

/** A flight that took longer than this many round trips was ended by a timer. */
const TIMER_ROUND_TRIPS = 8;

/** The window of a sender. */
export class SendWindow {
  readonly #windowsize: number;
  readonly #rollover: Rollover;
  readonly #timer: RetransmissionTimer;
  readonly #pacer: Pacer;

  #lastBlock = Infinity;
  /** End of the flight under way, and of the one that was given up for it. */
  #flightEnd: number;
  #givenUpEnd = 0;
  #acked = 0;
  #cursor = 1;
  #highest = 0;
  #highestRepeated = 0;
  #credit: boolean;
  #flightStartedAt = 0;
  #wentBackAt = -Infinity;
  #timerRang = false;
  /** Block whose round trip is being measured, or 0. */
  #sampledBlock = 0;
  #sampledAt = 0;

  /** @param credit - whether the peer was asked once only for the ACK that opened the window */
  constructor(
    agreed: { readonly windowsize: number; readonly rollover: Rollover },
    timer: RetransmissionTimer,
    pacer: Pacer,
    credit: boolean,
  ) {
    this.#windowsize = agreed.windowsize;
    this.#flightEnd = agreed.windowsize;
    this.#rollover = agreed.rollover;
    this.#timer = timer;
    this.#pacer = pacer;
    this.#credit = credit;
  }

  /** The block that ends the file; `Infinity` until it is known. */
  get lastBlock(): number {
    return this.#lastBlock;
  }

  /** Last block that is known to have arrived; 0 before the first. */
  get acked(): number {
    return this.#acked;
  }

  /** Whether something was sent that is not acknowledged. */
  get isOutstanding(): boolean {
    return this.#cursor > this.#acked + 1;
  }

  /** Whether nothing but the last block of the file is waiting to be acknowledged. */
  get isOnlyLastOutstanding(): boolean {
    return this.#highest === this.#lastBlock && this.#acked === this.#lastBlock - 1;
  }

  /** Whether the file's last block was sent, and every block before it has arrived. */
  get isDelivered(): boolean {
    return this.#highest === this.#lastBlock && this.#acked >= this.#lastBlock - 1;
  }

  /** Sets the block that ends the file. */
  setLastBlock(lastBlock: number): void {
    this.#lastBlock = lastBlock;
  }

  /** The block to send now; undefined while the peer or a pause has to be waited for. */
  next(now: number): number | undefined {
    const end = Math.min(this.#flightEnd, this.#lastBlock);
    return this.#cursor <= end && this.#pacer.take(now) ? this.#cursor : undefined;
  }

  /**
   * The block that {@link next} named goes out.
   *
   * @returns whether it was sent before
   */
  sent(now: number): boolean {
    const block = this.#cursor;
    this.#cursor += 1;
    if (block === this.#acked + 1) {
      this.#flightStartedAt = now;
    }
    if (block <= this.#highest) {
      this.#highestRepeated = Math.max(this.#highestRepeated, block);
      return true;
    }
    this.#highest = block;
    this.#sampledBlock = block;
    this.#sampledAt = now;
    return false;
  }

  /** Takes an ACK by its number on the wire. */
  acknowledge(wire: number, now: number): AckEffect {
    const block = absoluteBlock(wire, this.#acked, this.#rollover);
    if (block === undefined || block > this.#highest) {
      return 'ignored';
    }
    if (block === this.#acked) {
      return this.#repeated(now) ? 'restarted' : 'ignored';
    }
    this.#advance(block, now);
    return 'advanced';
  }

  /** The retransmission interval ran out: everything unacknowledged goes out again. */
  timedOut(): void {
    this.#timerRang = true;
    this.#credit = false;
    this.#goBack();
  }

  #advance(block: number, now: number): void {
    const previous = this.#acked;
    const isWhole = block >= this.#cursor - 1;
    this.#acked = block;
    if (this.#sampledBlock !== 0 && block >= this.#sampledBlock) {
      this.#timer.measured(now - this.#sampledAt);
      this.#sampledBlock = 0;
    }
    if (isWhole) {
      this.#cursor = Math.max(this.#cursor, block + 1);
      this.#flightEnd = block + this.#windowsize;
      this.#credit = this.#highestRepeated <= previous;
      this.#pacer.delivered();
    } else {
      this.#credit = false;
      if (this.#wasTimed(now)) {
        this.#pacer.cut(block - previous);
      }
      if (block !== this.#givenUpEnd && this.#hadTimeToAnswer(this.#wentBackAt, now)) {
        this.#givenUpEnd = this.#cursor - 1;
        this.#goBack();
        this.#wentBackAt = now;
      }
    }
    this.#timerRang = false;
    this.#pacer.restart();
  }

  #repeated(now: number): boolean {
    if (
      this.#windowsize === 1 ||
      !this.#credit ||
      !this.isOutstanding ||
      !this.#hadTimeToAnswer(this.#flightStartedAt, now)
    ) {
      return false;
    }
    this.#credit = false;
    this.#goBack();
    return true;
  }

  #goBack(): void {
    this.#cursor = this.#acked + 1;
    this.#flightEnd = this.#acked + this.#windowsize;
    this.#sampledBlock = 0;
    this.#pacer.restart();
  }

  #hadTimeToAnswer(since: number, now: number): boolean {
    return now - since > this.#timer.smoothedMs / 2;
  }

  /** Whether a timer ended the flight, not a gap that the peer saw at once. */
  #wasTimed(now: number): boolean {
    const elapsed = now - this.#flightStartedAt;
    return this.#timerRang || elapsed > TIMER_ROUND_TRIPS * this.#timer.smoothedMs;
  }
}
