/**
 * Window of a sender and its recovery from loss (RFC 7440 §4): decides which block goes out next.
 *
 * Block numbers are absolute, from 1. `acked` is the last acknowledged block, `cursor` the next to send.
 * Blocks go out in flights of `windowsize`, and the peer acknowledges the end of a flight. An ACK from within
 * a flight means that the rest was lost: the next flight starts after it. The end of the abandoned flight may
 * still be acknowledged, if the ACK was late or caused by the peer's timer. That ACK does not mean that
 * blocks of the current flight were lost. Going back again because of it would keep two overlapping flights
 * on the wire for the rest of the transfer.
 *
 * An ACK that repeats `acked` may mean that the first block of a flight was lost, or that the ACK itself
 * was duplicated. Sending the window again for each one would double the traffic for the rest of the
 * transfer (Sorcerer's Apprentice Syndrome), and EDK2 sends one for each block after a gap. So:
 *
 * - with windowsize 1 it is always ignored (RFC 1123 §4.2.3.1);
 * - otherwise it restarts the flight once (`credit`), and again only after the ACK of a whole flight without
 *   repetitions;
 * - it counts only if enough time has passed for it to be an answer to the flight.
 */
import { absoluteBlock, type Rollover, wireBlock } from '../codec/block-number.js';
import { Pacer, type PacingPolicy } from './pacer.js';
import { type RetransmissionTimer } from './retransmission.js';

/**
 * Effect of an acknowledgement: none (`ignored`), the window moved on (`advanced`), or the flight is sent
 * again (`restarted`).
 */
export type AckEffect = 'ignored' | 'advanced' | 'restarted';

/**
 * Number of round trips after which an ACK of part of a flight is attributed to the peer's timer rather than
 * to a gap, which the peer reports immediately.
 */
const TIMER_ROUND_TRIPS = 8;

/**
 * Minimum interval between two measured round trips, in milliseconds. Round trips that are shorter need no closer
 * look: the retransmission interval is many times longer.
 */
const SAMPLE_EVERY_MS = 20;

/** Window of a sender. */
export class SendWindow {
  // First the fields that each acknowledgement needs: V8 lays fields out in this order.
  #acked = 0;
  #cursor = 1;
  #highest = 0;
  /** Last block of the current flight. */
  #flightEnd: number;
  #lastBlock: number;
  readonly #windowsize: number;
  readonly #rollover: Rollover;
  /** Undefined for a window of one block: an ACK precedes each block anyway. */
  readonly #pacer: Pacer | undefined;
  /** Block whose round trip is being measured, or 0. */
  #sampledBlock = 0;
  #highestRepeated = 0;
  #timerRang = false;
  #credit: boolean;
  /** Time from which on the next round trip is measured, in whole milliseconds, which V8 keeps in the object itself. */
  #sampleFrom = 0;
  /** Start of the current flight; not set for a window of one block, which is never sent again because of an ACK. */
  #flightStartedAt = 0;
  #sampledAt = 0;
  readonly #timer: RetransmissionTimer;
  /** Last block of the flight abandoned for the current one. */
  #givenUpEnd = 0;
  #wentBackAt = -Infinity;

  /**
   * @param credit - true if the ACK that opened the window answers a packet sent only once
   * @param lastBlock - block that ends the file; `Infinity` until known
   */
  constructor(
    agreed: { readonly windowsize: number; readonly rollover: Rollover },
    timer: RetransmissionTimer,
    pacing: PacingPolicy,
    credit: boolean,
    lastBlock: number,
  ) {
    this.#lastBlock = lastBlock;
    this.#windowsize = agreed.windowsize;
    this.#flightEnd = agreed.windowsize;
    this.#rollover = agreed.rollover;
    this.#timer = timer;
    this.#pacer = agreed.windowsize === 1 ? undefined : new Pacer(pacing);
    this.#credit = credit;
  }

  /** Last block of the file; `Infinity` until known. */
  get lastBlock(): number {
    return this.#lastBlock;
  }

  /** Last acknowledged block; 0 before the first. */
  get acked(): number {
    return this.#acked;
  }

  /** True if unacknowledged blocks are in flight. */
  get isOutstanding(): boolean {
    return this.#cursor > this.#acked + 1;
  }

  /** True if only the last block of the file is unacknowledged. */
  get isOnlyLastOutstanding(): boolean {
    return this.#highest === this.#lastBlock && this.#acked === this.#lastBlock - 1;
  }

  /** True if the last block of the file was sent and all others are acknowledged. */
  get isDelivered(): boolean {
    return this.#highest === this.#lastBlock && this.#acked >= this.#lastBlock - 1;
  }

  /** Sets the block that ends the file. */
  setLastBlock(lastBlock: number): void {
    this.#lastBlock = lastBlock;
  }

  /** Returns the block to send now; undefined while waiting for the peer and during a pause. */
  next(now: number): number | undefined {
    const end = Math.min(this.#flightEnd, this.#lastBlock);
    const isSendable = this.#cursor <= end && this.#pacer?.maySend(now) !== false;
    return isSendable ? this.#cursor : undefined;
  }

  /** Returns the wire number of a block. */
  wireNumber(block: number): number {
    return wireBlock(block, this.#rollover);
  }

  /** End of the current pause between two bursts, in milliseconds; undefined if there is none. */
  get resumeAt(): number | undefined {
    return this.#pacer?.resumeAt;
  }

  /** Starts the next burst if the pause is over. */
  wake(now: number): void {
    this.#pacer?.wake(now);
  }

  /** Number of blocks from that of {@link next} on that may be sent now. */
  get sendable(): number {
    const end = Math.min(this.#flightEnd, this.#lastBlock);
    return Math.min(end - this.#cursor + 1, this.#pacer?.left ?? 1);
  }

  /**
   * Records that the block returned by {@link next} was sent.
   *
   * @returns true if it had been sent before
   */
  sent(now: number): boolean {
    const block = this.#cursor;
    this.#cursor += 1;
    this.#pacer?.sent();
    if (block === this.#acked + 1 && this.#windowsize > 1) {
      this.#flightStartedAt = now;
    }
    if (block <= this.#highest) {
      this.#highestRepeated = Math.max(this.#highestRepeated, block);
      return true;
    }
    this.#highest = block;
    if (now >= this.#sampleFrom) {
      this.#sampledBlock = block;
      this.#sampledAt = now;
    }
    return false;
  }

  /** Processes an ACK by its wire number. */
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

  /** Sends everything unacknowledged again: the retransmission interval ran out. */
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
      this.#sampleFrom = Math.ceil(now + SAMPLE_EVERY_MS);
    }
    if (isWhole) {
      this.#cursor = Math.max(this.#cursor, block + 1);
      this.#flightEnd = block + this.#windowsize;
      this.#credit = this.#highestRepeated <= previous;
      this.#pacer?.delivered();
    } else {
      this.#credit = false;
      if (this.#wasTimed(now)) {
        this.#pacer?.cut(block - previous);
      }
      if (block !== this.#givenUpEnd && this.#hadTimeToAnswer(this.#wentBackAt, now)) {
        this.#givenUpEnd = this.#cursor - 1;
        this.#goBack();
        this.#wentBackAt = now;
      }
    }
    this.#timerRang = false;
    this.#pacer?.restart();
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
    this.#pacer?.restart();
  }

  #hadTimeToAnswer(since: number, now: number): boolean {
    return now - since > this.#timer.smoothedMs / 2;
  }

  /**
   * Returns true if the peer's timer ended the flight, rather than a gap, which the peer reports immediately.
   */
  #wasTimed(now: number): boolean {
    const elapsed = now - this.#flightStartedAt;
    return this.#timerRang || elapsed > TIMER_ROUND_TRIPS * this.#timer.smoothedMs;
  }
}
