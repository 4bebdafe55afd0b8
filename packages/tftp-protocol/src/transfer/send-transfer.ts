/**
 * Sending side of a transfer: a server that answers a read request, or a client that writes.
 *
 * Theory of operation. The file is a sequence of blocks, numbered from 1 without limit; only on the wire are
 * numbers truncated to 16 bits. {@link SendWindow} decides which block goes out next. That block is read from
 * the source when `nextDatagram` is called, so nothing is queued here. With a window of 1, this is the
 * protocol of RFC 1350.
 *
 * ```
 * state       input                        next        effect
 * requesting  ACK 0                        sending     defaults apply; first window
 *             OACK that answers the WRQ    sending     its parameters apply; first window
 *             OACK that does not           ended       ERROR 8; failed by local
 *             timeout                      same/ended  WRQ again; failed after handshakeSends
 * offering    ACK 0                        sending     first window; a proof of the peer's address
 *                                                      only if the port is secret
 *             other ACK                    same        ignored
 *             timeout                      same/ended  OACK again; failed after handshakeSends
 * sending     ACK of all blocks sent       same        proof of the address; next window
 *             ACK of some of them          same        window again after that ACK
 *             ACK of the last block        ended       completed
 *             ACK of `acked` again         same        window again, once after each window sent
 *                                                      without repetitions; never with
 *                                                      windowsize 1 (RFC 1123 §4.2.3.1)
 *             OACK before ACK of a block   same        like ACK of `acked` again
 *             other ACK                    same        ignored
 *             timeout before any proof     same/ended  first block again if the allowance covers
 *                                                      it; failed after handshakeSends, or 30
 *                                                      seconds after ACK 0
 *             timeout                      same/ended  window again after `acked`; failed
 *                                                      after stallMs, completed with a final ACK
 *                                                      missing after finalAckMs
 * any above   ERROR                        ended       failed by peer; nothing is sent back
 *             abort                        ended       ERROR; failed by local
 *             anything else                same        ignored
 * ended       anything                     same        ignored
 * ```
 */
import { DATA_HEADER_BYTES, WireErrorCode } from '../codec/constants.js';
import { decodeAck } from '../codec/decode.js';
import { encodeDataHeader, writeDataHeader } from '../codec/encode.js';
import { type TftpOptions, type WriteRequestPacket } from '../codec/packet.js';
import { DEFAULT_PARAMETERS, type TransferParameters } from '../negotiation/parameters.js';
import { Allowance, type UnprovenPeer } from './allowance.js';
import {
  type BlockPlace,
  type BlockSource,
  type OutgoingDatagram,
  type OutgoingSeries,
  type TransferEvent,
  type TransferMachine,
} from './machine.js';
import { DEFAULT_PACING_POLICY, type PacingPolicy } from './pacer.js';
import { DEFAULT_RETRANSMISSION_POLICY, type RetransmissionPolicy } from './retransmission.js';
import { SendWindow } from './send-window.js';
import { TransferCore } from './transfer-core.js';

/** State of a {@link SendTransfer}; see the state table at the head of its source. */
export type SendState = 'requesting' | 'offering' | 'sending' | 'ended';

/** Start of a {@link SendTransfer}. */
export type SendOpening =
  | {
      /** A server acknowledges options and waits for ACK 0 (RFC 2347). */
      readonly type: 'offer';
      readonly optionAck: TftpOptions;
      readonly parameters: TransferParameters;
    }
  /** A server answers a request without options with the first block. */
  | { readonly type: 'data' }
  /** A client sends a write request. */
  | { readonly type: 'request'; readonly request: WriteRequestPacket };

/** Options of a {@link SendTransfer}. */
export interface SendTransferOptions {
  readonly opening: SendOpening;
  readonly source: BlockSource;
  /**
   * Unproven client of a server, to limit the traffic to the owner of a forged address.
   *
   * @default none: repetitions are limited only in number, and any answer proves the address
   */
  readonly peer?: UnprovenPeer | undefined;
  /** @default DEFAULT_RETRANSMISSION_POLICY */
  readonly retransmission?: RetransmissionPolicy | undefined;
  /** @default DEFAULT_PACING_POLICY */
  readonly pacing?: PacingPolicy | undefined;
}

/** Statistics of a {@link SendTransfer}. */
export interface SendStats {
  /** Payload bytes returned for sending, repetitions included. */
  readonly bytesSent: number;
  /** Payload bytes acknowledged by the peer. */
  readonly bytesAcknowledged: number;
  /** DATA packets returned for sending, repetitions included. */
  readonly blocksSent: number;
  /** DATA packets sent again. */
  readonly blocksRetransmitted: number;
  /** Acknowledgements that had no effect. */
  readonly acksIgnored: number;
  /** Number of times the retransmission interval ran out. */
  readonly timeouts: number;
}

/** Sending side of a transfer. See {@link TransferMachine} for how to drive it. */
export class SendTransfer implements TransferMachine {
  // First the fields that each acknowledgement needs: V8 lays fields out in this order.
  readonly #core: TransferCore<Exclude<SendState, 'ended'>>;
  #window: SendWindow;
  readonly #source: BlockSource;
  #blksize = 0;
  #size: number | undefined;
  #timeoutsInARow = 0;
  #bytesSent = 0;
  #blocksSent = 0;
  readonly #pacing: PacingPolicy;
  readonly #allowance: Allowance;
  /** Length in bytes of the last datagram sent to the peer before it had proven its address. */
  #lastSentBytes = 0;
  #blocksRetransmitted = 0;
  #acksIgnored = 0;
  #timeouts = 0;

  /** @param now - time in milliseconds, on the clock of all later calls */
  constructor(options: SendTransferOptions, now: number) {
    const { opening, source, peer } = options;
    const isPortSecret = peer?.isPortSecret ?? true;
    const policy = options.retransmission ?? DEFAULT_RETRANSMISSION_POLICY;
    this.#source = source;
    this.#core = new TransferCore(
      {
        opening,
        state: OPENING_STATES[opening.type],
        policy: isPortSecret ? policy : { ...policy, maxMs: BLIND_FACTOR * policy.maxMs },
        isPortSecret,
      },
      now,
    );
    this.#pacing = options.pacing ?? DEFAULT_PACING_POLICY;
    this.#allowance = new Allowance(peer);
    this.#window = this.#newWindow();
  }

  /** Current state. */
  get state(): SendState {
    return this.#core.state;
  }

  /** Current parameters: those of the OACK that was sent or accepted, otherwise the defaults. */
  get parameters(): TransferParameters {
    return this.#core.parameters;
  }

  /** Statistics so far. */
  get stats(): SendStats {
    const bytesOfBlocks = this.#window.acked * this.#core.parameters.blksize;
    return {
      bytesSent: this.#bytesSent,
      bytesAcknowledged: Math.min(bytesOfBlocks, this.#size ?? Infinity),
      blocksSent: this.#blocksSent,
      blocksRetransmitted: this.#blocksRetransmitted,
      acksIgnored: this.#acksIgnored,
      timeouts: this.#timeouts,
    };
  }

  /** True once the peer has proven its address; until then the address may be forged. */
  get isPeerProven(): boolean {
    return this.#core.isPeerProven;
  }

  /** True if the peer has proven its address and has not fallen silent since. */
  get isPeerAnswering(): boolean {
    return this.#core.isPeerProven && this.#timeoutsInARow === 0;
  }

  /**
   * True once the last block was sent and everything before it was acknowledged, since many clients never
   * acknowledge the last block. A file of a single block counts as delivered only once it is acknowledged.
   */
  get isDelivered(): boolean {
    return this.#window.acked > 0 && this.#window.isDelivered;
  }

  /**
   * Time of the last progress, in milliseconds: an acknowledgement of new data, an answer to the opening, or
   * the start.
   */
  get progressedAt(): number {
    return this.#core.progressedAt;
  }

  get deadline(): number | undefined {
    const { state, retransmitAt, stallsAt } = this.#core;
    if (state === 'ended') {
      return undefined;
    }
    const due = Math.min(retransmitAt, stallsAt);
    return Math.min(due, this.#window.resumeAt ?? due);
  }

  receive(datagram: Uint8Array, now: number): void {
    if (!this.#core.isPeerProven) {
      this.#allowance.received(datagram.length);
    }
    const acked = decodeAck(datagram);
    if (acked !== undefined) {
      if (this.#core.isListening(now)) {
        this.#receiveAck(acked);
      }
      return;
    }
    const packet = this.#core.receive(datagram, now);
    if (packet?.type === 'oack' && packet.options.length > 0) {
      // An OACK without options is invalid: a server that grants none sends no OACK (RFC 2347).
      this.#receiveOptionAck(packet.options);
    }
  }

  timeout(now: number): void {
    if (this.deadline === undefined || now < this.deadline) {
      return;
    }
    this.#window.wake(now);
    if (this.#core.timeout(now)) {
      this.#repeat();
    }
  }

  abort(code: number, message: string): void {
    this.#core.abort(code, message);
  }

  /** Continues after {@link BlockSource.read} returned undefined: the bytes are in memory now. */
  resume(now: number): void {
    this.#core.now = now;
    if (this.#core.state === 'sending' && !this.#window.isOutstanding) {
      this.#core.awaitAnswer();
    }
  }

  /**
   * Repeats the answer to a repeated request, unless the two crossed on the wire, or an unproven peer has
   * been sent its maximum number of datagrams or bytes.
   *
   * @param requestBytes - length of the request, in bytes
   */
  repeatAnswer(now: number, requestBytes = 0): void {
    this.#allowance.received(requestBytes);
    if (this.#core.mayRepeatOpening(now) && this.#allowance.covers(this.#lastSentBytes)) {
      this.#core.now = now;
      this.#repeatOpening();
    }
  }

  nextDatagram(): OutgoingDatagram | undefined {
    const datagram = this.#takeDatagram();
    if (!this.#core.isPeerProven && datagram !== undefined) {
      this.#lastSentBytes = datagram.head.length + (datagram.body?.length ?? 0);
      this.#allowance.sent(this.#lastSentBytes);
    }
    return datagram;
  }

  /**
   * Returns the next blocks together, which takes less time than `nextDatagram` for each: as many as that
   * would return now, but not more than `most`.
   *
   * @returns undefined if the caller must use `nextDatagram` instead: for fewer than two blocks, an unproven peer, a
   * source of unknown size or without `readMany`, or blocks that are not all in memory
   */
  nextSeries(most: number): OutgoingSeries | undefined {
    const { state, control, isPeerProven, now } = this.#core;
    const count = Math.min(most, this.#window.sendable);
    const size = this.#size;
    const isApt = state === 'sending' && control === undefined && isPeerProven;
    const first = isApt && count >= 2 && size !== undefined ? this.#window.next(now) : undefined;
    if (first === undefined || size === undefined) {
      return undefined;
    }
    const blksize = this.#blksize;
    const offset = (first - 1) * blksize;
    const wanted = Math.min(count * blksize, size - offset);
    const bodies = this.#source.readMany?.(offset, wanted, blksize);
    if (bodies === undefined) {
      return undefined;
    }
    const heads = new Uint8Array(count * DATA_HEADER_BYTES);
    for (let index = 0; index < count; index += 1) {
      writeDataHeader(heads, index * DATA_HEADER_BYTES, this.#window.wireNumber(first + index));
      this.#blocksRetransmitted += this.#window.sent(now) ? 1 : 0;
    }
    this.#blocksSent += count;
    this.#bytesSent += wanted;
    return { count, heads, bodies, bodyBytes: blksize };
  }

  /**
   * Writes the place of the next block, instead of returning it as `nextDatagram` does.
   *
   * @returns false if the caller must use `nextDatagram` instead: if there is no block to send, for an unproven peer, a
   * source of unknown size or without `locate`, or an empty block or one that is not in one piece of memory
   */
  nextPlace(place: BlockPlace): boolean {
    const { state, control, isPeerProven, now } = this.#core;
    const size = this.#size;
    const isApt = state === 'sending' && control === undefined && isPeerProven;
    const block = isApt && size !== undefined ? this.#window.next(now) : undefined;
    if (block === undefined || size === undefined) {
      return false;
    }
    const offset = (block - 1) * this.#blksize;
    const length = Math.min(this.#blksize, size - offset);
    if (length === 0 || this.#source.locate?.(offset, length, place) !== true) {
      return false;
    }
    place.length = length;
    place.block = this.#window.wireNumber(block);
    this.#sent(length);
    return true;
  }

  nextEvent(): TransferEvent | undefined {
    return this.#core.nextEvent();
  }

  #takeDatagram(): OutgoingDatagram | undefined {
    if (this.#core.state === 'sending' && this.#core.control === undefined) {
      const block = this.#nextBlock();
      if (block !== undefined) {
        return block;
      }
    }
    const head = this.#core.nextControl();
    return head && { head };
  }

  #receiveAck(wire: number): void {
    const { state, now } = this.#core;
    if (state !== 'sending') {
      if (wire === 0) {
        this.#open(state === 'requesting' ? DEFAULT_PARAMETERS : this.#core.parameters);
      }
      return;
    }
    const effect = this.#window.acknowledge(wire, now);
    if (effect === 'ignored') {
      this.#acksIgnored += 1;
      return;
    }
    if (effect === 'advanced') {
      this.#progressed();
    }
    this.#core.awaitAnswer();
  }

  #receiveOptionAck(options: TftpOptions): void {
    if (this.#core.state === 'requesting') {
      const parameters = this.#core.acceptOptions(options);
      if (parameters !== undefined) {
        this.#open(parameters);
      }
    } else if (this.#core.state === 'sending' && this.#window.acked === 0) {
      // The server repeats its OACK for the same reasons as an ACK 0.
      this.#receiveAck(0);
    }
  }

  /** Starts sending data: the peer has answered the opening. */
  #open(parameters: TransferParameters): void {
    this.#core.open('sending', parameters);
    this.#window = this.#newWindow();
    this.#core.opening.giveWay(this.#core.now);
    this.#allowance.acknowledged();
  }

  #newWindow(): SendWindow {
    const { parameters, timer, opening } = this.#core;
    this.#blksize = parameters.blksize;
    this.#size = this.#source.size;
    const lastBlock =
      this.#size === undefined ? Infinity : Math.floor(this.#size / parameters.blksize) + 1;
    return new SendWindow(parameters, timer, this.#pacing, opening.wasSentOnce, lastBlock);
  }

  #progressed(): void {
    this.#core.progressed();
    this.#timeoutsInARow = 0;
    const { acked, lastBlock } = this.#window;
    if (acked === lastBlock) {
      this.#core.complete('ended', false);
    }
  }

  #repeat(): void {
    const { state, isPeerProven, now, progressedAt, policy, timer } = this.#core;
    if (state === 'sending' && !this.#window.isOutstanding) {
      // The peer has acknowledged everything that was sent, and waits for bytes from the source: there is
      // nothing to repeat.
      this.#core.awaitAnswer();
      return;
    }
    this.#timeouts += 1;
    this.#timeoutsInARow += 1;
    if (!isPeerProven) {
      this.#repeatUnproven();
    } else if (this.#window.isOnlyLastOutstanding && now >= progressedAt + policy.finalAckMs) {
      this.#core.complete('ended', true);
    } else {
      timer.backOff();
      this.#window.timedOut();
      this.#core.awaitAnswer();
    }
  }

  /** Repeats a packet to an unproven peer, as far as its allowance permits. */
  #repeatUnproven(): void {
    const { state, opening, now, progressedAt, timer } = this.#core;
    // A client that has acknowledged the options repeats its ACK, and each ACK raises the allowance. So its
    // limit is a time, not a number of repetitions.
    const hasAcknowledged = state === 'sending' && opening.packet !== undefined;
    const isOver = hasAcknowledged
      ? now >= progressedAt + FIRST_BLOCK_MS
      : opening.intervalsExhausted;
    if (isOver) {
      this.#core.failUnanswered();
      return;
    }
    if (!hasAcknowledged) {
      timer.backOff();
    }
    if (this.#allowance.covers(this.#lastSentBytes)) {
      this.#repeatOpening();
    } else {
      opening.skip();
      this.#core.awaitAnswer();
    }
  }

  /** Sends the WRQ, the OACK or the first block again. */
  #repeatOpening(): void {
    this.#core.repeatOpening();
    if (this.#core.state === 'sending') {
      this.#core.control = undefined;
    }
    this.#window.timedOut();
  }

  #nextBlock(): OutgoingDatagram | undefined {
    const { now } = this.#core;
    const block = this.#window.next(now);
    const body = block === undefined ? undefined : this.#read(block);
    if (block === undefined || body === undefined) {
      return undefined;
    }
    this.#sent(body.length);
    return { head: encodeDataHeader(this.#window.wireNumber(block)), body };
  }

  /** Records that the next block is sent. */
  #sent(bytes: number): void {
    if (this.#window.sent(this.#core.now)) {
      this.#blocksRetransmitted += 1;
    }
    this.#blocksSent += 1;
    this.#bytesSent += bytes;
  }

  /**
   * Returns the payload of a block; undefined if it is not in memory, or if the source returned the wrong
   * number of bytes, which aborts the transfer.
   */
  #read(block: number): Uint8Array | undefined {
    const blksize = this.#blksize;
    const offset = (block - 1) * blksize;
    const size = this.#size;
    const wanted = size === undefined ? blksize : Math.min(blksize, size - offset);
    const body = wanted === 0 ? EMPTY : this.#source.read(offset, wanted);
    if (body === undefined || body.length === wanted) {
      return body;
    }
    if (size !== undefined || body.length > wanted) {
      // A file that was cut short while being sent must not look complete to the peer.
      this.abort(WireErrorCode.notDefined, 'File changed while it was sent');
      return undefined;
    }
    this.#window.setLastBlock(block);
    this.#size = offset + body.length;
    return body;
  }
}

const EMPTY = new Uint8Array(0);

const OPENING_STATES = { request: 'requesting', offer: 'offering', data: 'sending' } as const;

/**
 * Maximum time between an unproven peer's ACK of the options and its ACK of the first block, in milliseconds.
 */
const FIRST_BLOCK_MS = 30_000;

/**
 * Multiplier of the maximum retransmission interval for a peer whose acknowledgements can be forged. With
 * backoff from the minimum interval, a block is repeated 9 times instead of 19 in the two minutes before the
 * transfer fails.
 */
const BLIND_FACTOR = 8;
