/**
 * Receiving side of a transfer: a client that reads, or a server that answers a write request.
 *
 * Theory of operation. Blocks are delivered in order as `data` events and never kept, so a block that arrives
 * early is dropped and requested again ({@link ReceiveWindow}). Backpressure works by withholding
 * acknowledgements: while `data` events are in the queue, and during a `pause`, the sender stops at the end
 * of its window. The last block is acknowledged only after `finish`, once the file is stored, since the
 * sender may read the file back immediately. Then the machine dallies, to answer that block again if its ACK
 * is lost (RFC 1350 §6).
 *
 * ```
 * state       input                        next        effect
 * requesting  DATA 1                       receiving   defaults apply; data
 *             OACK that answers the RRQ    receiving   its parameters apply; ACK 0
 *             OACK that does not           ended       ERROR 8; failed by local
 *             timeout                      same/ended  RRQ again; failed after handshakeSends
 * offering    DATA 1                       receiving   data
 *             timeout                      same/ended  OACK or ACK 0 again; failed after
 *                                                      handshakeSends
 * receiving   next DATA                    same        data; ACK at the end of a flight
 *             next DATA, short             finishing   data, the last
 *             early DATA                   same        ACK of what was received, once per gap
 *             repeated DATA                same        ACK at the end of the repeated flight
 *             OACK before any DATA         same        ACK 0
 *             timeout                      same/ended  ACK again; failed after stallMs
 * finishing   finish                       dallying    ACK; completed
 *             timeout                      same/ended  failed after stallMs
 * dallying    repeated DATA                same        ACK of the last block; dallies again
 *             timeout                      ended
 * any above   ERROR                        ended       failed by peer, unless completed before
 *             DATA above blksize           ended       ERROR 4; failed by local, unless completed
 *             abort                        ended       ERROR; failed by local, unless completed
 *             anything else                same        ignored
 * ended       anything                     same        ignored
 * ```
 */
import { WireErrorCode } from '../codec/constants.js';
import { encodePacket } from '../codec/encode.js';
import { type ReadRequestPacket, type TftpOptions } from '../codec/packet.js';
import { DEFAULT_PARAMETERS, type TransferParameters } from '../negotiation/parameters.js';
import { type OutgoingDatagram, type TransferEvent, type TransferMachine } from './machine.js';
import { ReceiveWindow } from './receive-window.js';
import { DEFAULT_RETRANSMISSION_POLICY, type RetransmissionPolicy } from './retransmission.js';
import { TransferCore } from './transfer-core.js';

/** State of a {@link ReceiveTransfer}; see the state table at the head of its source. */
export type ReceiveState =
  'requesting' | 'offering' | 'receiving' | 'finishing' | 'dallying' | 'ended';

/** Start of a {@link ReceiveTransfer}. */
export type ReceiveOpening =
  /** A client sends a read request. */
  | { readonly type: 'request'; readonly request: ReadRequestPacket }
  | {
      /** A server acknowledges options and waits for DATA 1 (RFC 2347). */
      readonly type: 'offer';
      readonly optionAck: TftpOptions;
      readonly parameters: TransferParameters;
    }
  /** A server answers a request without options with ACK 0. */
  | { readonly type: 'ack' };

/** Options of a {@link ReceiveTransfer}. */
export interface ReceiveTransferOptions {
  readonly opening: ReceiveOpening;
  /** @default DEFAULT_RETRANSMISSION_POLICY */
  readonly retransmission?: RetransmissionPolicy | undefined;
}

/** Statistics of a {@link ReceiveTransfer}. */
export interface ReceiveStats {
  /** Payload bytes received in order and for the first time. */
  readonly bytesReceived: number;
  /** DATA packets received, including repeated and out-of-order ones. */
  readonly blocksReceived: number;
  /** DATA packets ignored because they were repeated or out of order. */
  readonly blocksIgnored: number;
  /** ACK packets returned for sending, except for a server's opening ACK 0. */
  readonly acksSent: number;
  /** Number of times the retransmission interval ran out. */
  readonly timeouts: number;
}

/** Receiving side of a transfer. See {@link TransferMachine} for how to drive it. */
export class ReceiveTransfer implements TransferMachine {
  readonly #core: TransferCore<Exclude<ReceiveState, 'ended'>>;
  #window: ReceiveWindow;
  #isAckDue = false;
  #isPaused = false;
  /** Number of `data` events in the queue; their bytes are not acknowledged yet. */
  #untaken = 0;
  /** Time at which the ACK that asked for the current flight was sent; undefined if it was repeated. */
  #ackedAt: number | undefined;

  readonly #stats = {
    bytesReceived: 0,
    blocksReceived: 0,
    blocksIgnored: 0,
    acksSent: 0,
    timeouts: 0,
  };

  /** @param now - time in milliseconds, on the clock of all later calls */
  constructor({ opening, retransmission }: ReceiveTransferOptions, now: number) {
    this.#core = new TransferCore(
      {
        opening,
        state: opening.type === 'request' ? 'requesting' : 'offering',
        policy: retransmission ?? DEFAULT_RETRANSMISSION_POLICY,
        isPortSecret: true,
      },
      now,
    );
    this.#window = new ReceiveWindow(this.#core.parameters);
  }

  /** Current state. */
  get state(): ReceiveState {
    return this.#core.state;
  }

  /** Current parameters: those of the OACK that was sent or accepted, otherwise the defaults. */
  get parameters(): TransferParameters {
    return this.#core.parameters;
  }

  /** Statistics so far. */
  get stats(): ReceiveStats {
    return this.#stats;
  }

  /** True once the peer has answered; until then its address may be forged. */
  get isPeerProven(): boolean {
    return this.#core.isPeerProven;
  }

  /** Same as `isPeerProven`: a receiver sends only a few bytes to a silent peer. */
  get isPeerAnswering(): boolean {
    return this.#core.isPeerProven;
  }

  /**
   * Time of the last progress, in milliseconds: new data, an answer to the opening, `resume`, or the start.
   */
  get progressedAt(): number {
    return this.#core.progressedAt;
  }

  get deadline(): number | undefined {
    const { state, retransmitAt, stallsAt } = this.#core;
    switch (state) {
      case 'ended':
        return undefined;
      case 'finishing':
        return stallsAt;
      case 'dallying':
        return retransmitAt;
      default:
        return Math.min(retransmitAt, stallsAt);
    }
  }

  receive(datagram: Uint8Array, now: number): void {
    const packet = this.#core.receive(datagram, now);
    if (packet?.type === 'data') {
      this.#receiveData(packet.block, packet.data);
    } else if (packet?.type === 'oack' && packet.options.length > 0) {
      // An OACK without options is invalid: a server that grants none sends no OACK (RFC 2347).
      this.#receiveOptionAck(packet.options);
    }
  }

  timeout(now: number): void {
    if (this.deadline === undefined || now < this.deadline) {
      return;
    }
    if (this.#core.state === 'dallying') {
      this.#core.state = 'ended';
    } else if (this.#core.timeout(now)) {
      this.#repeat();
    }
  }

  abort(code: number, message: string): void {
    this.#core.abort(code, message);
  }

  /** Withholds acknowledgements until `resume`: the data cannot be processed yet. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Continues after `pause`. */
  resume(now: number): void {
    if (!this.#isPaused) {
      return;
    }
    this.#isPaused = false;
    this.#core.now = now;
    this.#core.progressedAt = now;
    this.#core.awaitAnswer();
  }

  /** Acknowledges the last block: the file is stored. */
  finish(now: number): void {
    if (this.#core.state !== 'finishing') {
      return;
    }
    this.#core.now = now;
    this.#isPaused = false;
    this.#isAckDue = true;
    this.#dally();
    this.#core.complete('dallying', false);
  }

  /**
   * Repeats the answer to a repeated request, unless the two crossed on the wire, or the peer has been sent
   * its maximum number of datagrams.
   */
  repeatAnswer(now: number): void {
    if (this.#core.state === 'offering' && this.#core.mayRepeatOpening(now)) {
      this.#core.now = now;
      this.#core.repeatOpening();
    }
  }

  nextDatagram(): OutgoingDatagram | undefined {
    const head = this.#core.nextControl();
    if (head !== undefined) {
      return { head };
    }
    const isWithheld = this.#isPaused || this.#untaken > 0 || this.#core.state === 'ended';
    if (!this.#isAckDue || isWithheld) {
      return undefined;
    }
    this.#isAckDue = false;
    this.#window.acknowledged();
    this.#stats.acksSent += 1;
    return { head: encodePacket({ type: 'ack', block: this.#window.wireReceived }) };
  }

  nextEvent(): TransferEvent | undefined {
    const event = this.#core.nextEvent();
    this.#untaken -= event?.type === 'data' ? 1 : 0;
    return event;
  }

  #receiveOptionAck(options: TftpOptions): void {
    if (this.#core.state === 'receiving' && this.#window.received === 0) {
      this.#repeatAck();
    }
    if (this.#core.state !== 'requesting') {
      return;
    }
    const parameters = this.#core.acceptOptions(options);
    if (parameters !== undefined) {
      this.#open(parameters);
      this.#isAckDue = true;
      this.#ackedAt = this.#core.now;
    }
  }

  #receiveData(wire: number, data: Uint8Array): void {
    this.#stats.blocksReceived += 1;
    if (this.#core.state === 'requesting') {
      if (wire !== 1) {
        return;
      }
      this.#open(DEFAULT_PARAMETERS);
    }
    const { state, parameters } = this.#core;
    if (data.length > parameters.blksize) {
      this.abort(WireErrorCode.illegalOperation, 'Block larger than agreed');
      return;
    }
    const arrival = this.#window.arrive(wire);
    if (arrival === 'next' && (state === 'offering' || state === 'receiving')) {
      this.#take(data);
      return;
    }
    this.#stats.blocksIgnored += 1;
    if (arrival === 'answered' && state !== 'finishing') {
      this.#repeatAck();
      if (state === 'dallying') {
        this.#dally();
      }
    }
  }

  /** Processes the next block of the file. */
  #take(data: Uint8Array): void {
    if (this.#core.state === 'offering') {
      this.#open(this.#core.parameters);
    }
    const { now, timer, parameters } = this.#core;
    timer.measured(this.#ackedAt === undefined ? undefined : now - this.#ackedAt);
    this.#ackedAt = undefined;
    this.#core.progressed();
    this.#core.awaitAnswer();
    this.#stats.bytesReceived += data.length;
    const isLast = data.length < parameters.blksize;
    if (!isLast && this.#window.isNextAnswered) {
      this.#isAckDue = true;
      this.#ackedAt = now;
    }
    this.#window.advance();
    if (isLast) {
      this.#window.complete();
      this.#core.state = 'finishing';
      this.#isAckDue = false;
    }
    this.#untaken += 1;
    this.#core.emit({ type: 'data', data, isLast });
  }

  /** Starts receiving data: the peer has answered the opening. */
  #open(parameters: TransferParameters): void {
    this.#core.open('receiving', parameters);
    this.#window = new ReceiveWindow(parameters);
  }

  /** Repeats the last ACK. A repeated ACK cannot measure a round trip (Karn's rule). */
  #repeatAck(): void {
    this.#isAckDue = true;
    this.#ackedAt = undefined;
  }

  /** Lingers for two intervals: the sender needs one of its own to notice that the last ACK is missing. */
  #dally(): void {
    const { now, timer, policy } = this.#core;
    this.#core.retransmitAt = Math.ceil(now + 2 * Math.max(timer.intervalMs, policy.initialMs));
  }

  #repeat(): void {
    const { state, timer, opening } = this.#core;
    this.#stats.timeouts += 1;
    timer.backOff();
    if (state === 'receiving') {
      this.#repeatAck();
      this.#core.awaitAnswer();
    } else if (opening.sendsExhausted) {
      this.#core.failUnanswered();
    } else {
      this.#core.repeatOpening();
    }
  }
}
