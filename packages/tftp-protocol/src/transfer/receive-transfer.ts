/**
 * The receiving side of a transfer: a client that asked to read, or a server that answers a write
 * request.
 *
 * Theory of operation. Blocks are handed out in order as `data` events and never kept, so a block
 * that comes early is dropped and asked for again ({@link ReceiveWindow}). The acknowledgement is
 * the brake: until the bytes are taken, and while `pause` holds, none goes out, and the sender stops
 * at the end of its window. The last block is acknowledged only after `finish`, once the bytes are where they belong, since its
 * sender may read the file back at once. Then the machine dallies, to answer that block again
 * should its ACK be lost (RFC 1350 §6).
 *
 * ```
 * state       input                        next        effect
 * requesting  DATA 1                       receiving   defaults hold; data
 *             OACK that answers the RRQ    receiving   its parameters hold; ACK 0
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
 * dallying    repeated DATA                same        ACK of the last block; dallies anew
 *             timeout                      ended
 * up to here  ERROR                        ended       failed by peer, unless completed before
 *             DATA above blksize           ended       ERROR 4; failed by local
 *             abort                        ended       ERROR; failed by local, unless completed
 *             anything else                same        ignored
 * ended       anything                     same        ignored
 * ```
 */
import { WireErrorCode } from '../codec/constants.js';
import { decodePacket } from '../codec/decode.js';
import { encodePacket } from '../codec/encode.js';
import { type ReadRequestPacket, type TftpOptions } from '../codec/packet.js';
import { acceptOptionAck } from '../negotiation/accept-option-ack.js';
import { DEFAULT_PARAMETERS, type TransferParameters } from '../negotiation/parameters.js';
import {
  type OutgoingDatagram,
  type TransferEvent,
  type TransferFailure,
  type TransferMachine,
} from './machine.js';
import { Opening } from './opening.js';
import { ReceiveWindow } from './receive-window.js';
import {
  DEFAULT_RETRANSMISSION_POLICY,
  type RetransmissionPolicy,
  RetransmissionTimer,
} from './retransmission.js';
import { type ReceiveStats } from './stats.js';

/** State of a {@link ReceiveTransfer}; its file's header has the table. */
export type ReceiveState =
  'requesting' | 'offering' | 'receiving' | 'finishing' | 'dallying' | 'ended';

/** How a {@link ReceiveTransfer} begins. */
export type ReceiveOpening =
  /** A client asks to read. */
  | { readonly type: 'request'; readonly request: ReadRequestPacket }
  | {
      /** A server acknowledges options and waits for DATA 1 (RFC 2347). */
      readonly type: 'offer';
      readonly optionAck: TftpOptions;
      readonly parameters: TransferParameters;
    }
  /** A server answers a request without options by ACK 0. */
  | { readonly type: 'ack' };

/** What a {@link ReceiveTransfer} needs. */
export interface ReceiveTransferOptions {
  readonly opening: ReceiveOpening;
  /** @default DEFAULT_RETRANSMISSION_POLICY */
  readonly retransmission?: RetransmissionPolicy | undefined;
}

/** The receiving side of a transfer. See {@link TransferMachine} for how to drive it. */
export class ReceiveTransfer implements TransferMachine {
  readonly #policy: RetransmissionPolicy;
  readonly #timer: RetransmissionTimer;
  readonly #events: TransferEvent[] = [];
  readonly #opening: Opening;
  /** What this side asked for as a client; an OACK may hold nothing else. */
  readonly #requested: TftpOptions;

  #state: ReceiveState;
  #parameters: TransferParameters;
  #window: ReceiveWindow;
  /** RRQ, OACK or ERROR that goes out next. */
  #control: Uint8Array | undefined;
  #isAckDue = false;
  #isPaused = false;
  /** `data` events that nobody has taken yet; what they hold is not acknowledged. */
  #untaken = 0;

  #now: number;
  #retransmitAt: number;
  #progressedAt: number;
  /** When the ACK went out that calls for a new flight; undefined when it was repeated. */
  #ackedAt: number | undefined;

  readonly #stats = {
    bytesReceived: 0,
    blocksReceived: 0,
    blocksIgnored: 0,
    acksSent: 0,
    timeouts: 0,
  };

  /** @param now - milliseconds on the clock of every later call */
  constructor(options: ReceiveTransferOptions, now: number) {
    const { opening } = options;
    this.#policy = options.retransmission ?? DEFAULT_RETRANSMISSION_POLICY;
    this.#timer = new RetransmissionTimer(this.#policy);
    this.#state = opening.type === 'request' ? 'requesting' : 'offering';
    this.#opening = new Opening(openingPacket(opening), this.#policy.handshakeSends, now);
    this.#control = this.#opening.packet;
    this.#requested = opening.type === 'request' ? opening.request.options : [];
    this.#parameters = opening.type === 'offer' ? opening.parameters : DEFAULT_PARAMETERS;
    this.#window = this.#agree(this.#parameters);
    this.#now = now;
    this.#progressedAt = now;
    this.#retransmitAt = now + Math.max(this.#timer.intervalMs, this.#policy.initialMs);
  }

  /** Where the machine stands. */
  get state(): ReceiveState {
    return this.#state;
  }

  /** What holds at present: the defaults until options were agreed upon. */
  get parameters(): TransferParameters {
    return this.#parameters;
  }

  /** What was counted so far. */
  get stats(): ReceiveStats {
    return this.#stats;
  }

  /** Whether the peer has answered yet; until then its address may be forged. */
  get isPeerProven(): boolean {
    return this.#window.received > 0 || this.#state === 'receiving';
  }

  /** Whether the peer has proven its address; what goes to a silent one is a few bytes. */
  get isPeerAnswering(): boolean {
    return this.isPeerProven;
  }

  /** When the peer last sent something new, in milliseconds. */
  get progressedAt(): number {
    return this.#progressedAt;
  }

  /** Whether a peer that has not answered has had its share of datagrams. */
  get #isHandshakeSpent(): boolean {
    return !this.isPeerProven && this.#opening.isSpent;
  }

  get deadline(): number | undefined {
    switch (this.#state) {
      case 'ended':
        return undefined;
      case 'finishing':
        return this.#progressedAt + this.#policy.stallMs;
      case 'dallying':
        return this.#retransmitAt;
      default:
        return Math.min(this.#retransmitAt, this.#progressedAt + this.#policy.stallMs);
    }
  }

  receive(datagram: Uint8Array, now: number): void {
    const decoded = decodePacket(datagram);
    if (this.#state === 'ended' || !decoded.ok) {
      return;
    }
    this.#now = now;
    const { packet } = decoded;
    if (packet.type === 'data') {
      this.#receiveData(packet.block, packet.data);
    } else if (packet.type === 'error') {
      this.#fail('peer', packet.code, packet.message);
    } else if (packet.type === 'oack' && packet.options.length > 0) {
      // An OACK without options is none: a server that grants nothing sends none (RFC 2347).
      this.#receiveOptionAck(packet.options);
    }
  }

  timeout(now: number): void {
    if (this.deadline === undefined || now < this.deadline) {
      return;
    }
    this.#now = now;
    if (this.#state === 'dallying') {
      this.#state = 'ended';
    } else if (now >= this.#progressedAt + this.#policy.stallMs) {
      this.#fail('timeout', WireErrorCode.notDefined, 'no answer');
    } else {
      this.#repeat();
    }
  }

  abort(code: number, message: string): void {
    if (this.#state === 'ended') {
      return;
    }
    const isAnswerDue = this.#state !== 'dallying' && !this.#isHandshakeSpent;
    this.#fail('local', code, message);
    if (isAnswerDue) {
      this.#control = encodePacket({ type: 'error', code, message });
    }
  }

  /** The bytes handed out cannot be taken in at once: no ACK goes out until `resume`. */
  pause(): void {
    this.#isPaused = true;
  }

  /** The bytes handed out are taken in. */
  resume(now: number): void {
    if (!this.#isPaused) {
      return;
    }
    this.#now = now;
    this.#isPaused = false;
    this.#progressedAt = now;
    this.#retransmitAt = now + this.#timer.intervalMs;
  }

  /** The file's bytes are where they belong: acknowledges the last block. */
  finish(now: number): void {
    if (this.#state !== 'finishing') {
      return;
    }
    this.#now = now;
    this.#isPaused = false;
    this.#isAckDue = true;
    this.#state = 'dallying';
    this.#dally();
    this.#events.push({ type: 'completed', finalAckMissing: false });
  }

  /** The client has repeated its request: the answer was lost, or both have crossed. */
  repeatAnswer(now: number): void {
    const isUseless = this.#opening.isSpent || this.#opening.isCrossing(now);
    if (this.#state === 'offering' && !isUseless) {
      this.#now = now;
      this.#repeatOpening();
    }
  }

  nextDatagram(): OutgoingDatagram | undefined {
    const head = this.#control;
    if (head !== undefined) {
      this.#control = undefined;
      return { head };
    }
    if (!this.#isAckDue || this.#isPaused || this.#untaken > 0) {
      return undefined;
    }
    this.#isAckDue = false;
    this.#window.acknowledged();
    this.#stats.acksSent += 1;
    return { head: encodePacket({ type: 'ack', block: this.#window.wireReceived }) };
  }

  nextEvent(): TransferEvent | undefined {
    const event = this.#events.length === 0 ? undefined : this.#events.shift();
    this.#untaken -= event?.type === 'data' ? 1 : 0;
    return event;
  }

  #receiveOptionAck(options: TftpOptions): void {
    if (this.#state === 'receiving' && this.#window.received === 0) {
      this.#isAckDue = true;
      this.#ackedAt = undefined;
    }
    if (this.#state !== 'requesting') {
      return;
    }
    const accepted = acceptOptionAck(this.#requested, options);
    if (accepted.ok) {
      this.#open(accepted.parameters);
      this.#isAckDue = true;
      this.#ackedAt = this.#now;
    } else {
      this.abort(WireErrorCode.optionNegotiation, accepted.reason);
    }
  }

  #receiveData(wire: number, data: Uint8Array): void {
    this.#stats.blocksReceived += 1;
    if (this.#state === 'requesting') {
      if (wire !== 1) {
        return;
      }
      this.#open(DEFAULT_PARAMETERS);
    }
    if (data.length > this.#parameters.blksize) {
      this.abort(WireErrorCode.illegalOperation, 'Block larger than agreed');
      return;
    }
    const arrival = this.#window.arrive(wire);
    if (arrival === 'next' && (this.#state === 'offering' || this.#state === 'receiving')) {
      this.#take(data);
      return;
    }
    this.#stats.blocksIgnored += 1;
    if (arrival === 'answered' && this.#state !== 'finishing') {
      this.#isAckDue = true;
      this.#ackedAt = undefined;
      if (this.#state === 'dallying') {
        this.#dally();
      }
    }
  }

  /** Takes in the next block of the file. */
  #take(data: Uint8Array): void {
    if (this.#state === 'offering') {
      this.#open(this.#parameters);
    }
    this.#timer.measured(this.#ackedAt === undefined ? undefined : this.#now - this.#ackedAt);
    this.#ackedAt = undefined;
    this.#timer.progressed();
    this.#progressedAt = this.#now;
    this.#retransmitAt = this.#now + this.#timer.intervalMs;
    this.#stats.bytesReceived += data.length;
    const isLast = data.length < this.#parameters.blksize;
    if (!isLast && this.#window.isNextAnswered) {
      this.#isAckDue = true;
      this.#ackedAt = this.#now;
    }
    this.#window.advance();
    if (isLast) {
      this.#window.complete();
      this.#state = 'finishing';
      this.#isAckDue = false;
    }
    this.#untaken += 1;
    this.#events.push({ type: 'data', data, isLast });
  }

  /** The peer has answered the opening. */
  #open(parameters: TransferParameters): void {
    this.#state = 'receiving';
    this.#control = undefined;
    this.#window = this.#agree(parameters);
    this.#timer.measured(this.#opening.roundTripMs(this.#now));
    this.#timer.progressed();
    this.#progressedAt = this.#now;
    this.#retransmitAt = this.#now + this.#timer.intervalMs;
    this.#events.push({ type: 'negotiated', parameters });
  }

  #agree(parameters: TransferParameters): ReceiveWindow {
    this.#parameters = parameters;
    if (parameters.timeoutMs !== undefined) {
      this.#timer.agree(parameters.timeoutMs);
    }
    return new ReceiveWindow(parameters);
  }

  /** Stays a while: its sender needs an interval of its own to find the last ACK missing. */
  #dally(): void {
    this.#retransmitAt = this.#now + 2 * Math.max(this.#timer.intervalMs, this.#policy.initialMs);
  }

  #repeat(): void {
    this.#stats.timeouts += 1;
    this.#timer.backOff();
    if (this.#state === 'receiving') {
      this.#isAckDue = true;
      this.#ackedAt = undefined;
      this.#retransmitAt = this.#now + this.#timer.intervalMs;
    } else if (!this.#opening.isSpent) {
      this.#repeatOpening();
    } else {
      this.#fail('timeout', WireErrorCode.notDefined, 'no answer');
    }
  }

  /** Sends RRQ, OACK or ACK 0 once more. */
  #repeatOpening(): void {
    this.#opening.repeat(this.#now);
    this.#control = this.#opening.packet;
    this.#retransmitAt = this.#now + Math.max(this.#timer.intervalMs, this.#policy.initialMs);
  }

  #fail(by: TransferFailure['by'], code: number, message: string): void {
    const wasCompleted = this.#state === 'dallying';
    this.#state = 'ended';
    this.#control = undefined;
    this.#isAckDue = false;
    if (!wasCompleted) {
      const stage = this.#window.received === 0 ? 'handshake' : 'transfer';
      this.#events.push({ type: 'failed', failure: { by, stage, code, message } });
    }
  }
}

function openingPacket(opening: ReceiveOpening): Uint8Array {
  switch (opening.type) {
    case 'request':
      return encodePacket(opening.request);
    case 'offer':
      return encodePacket({ type: 'oack', options: opening.optionAck });
    case 'ack':
      return encodePacket({ type: 'ack', block: 0 });
  }
}
