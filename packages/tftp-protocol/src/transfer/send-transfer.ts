import { wireBlock } from '../codec/block-number.js';
import { WireErrorCode } from '../codec/constants.js';
import { decodePacket } from '../codec/decode.js';
/**
 * The sending side of a transfer: a server that answers a read request, or a client that asked to
 * write.
 *
 * Theory of operation. The file is a row of blocks, numbered from 1 without end; numbers are cut to
 * 16 bits only on the wire. {@link SendWindow} says which block goes out next; it is read from the
 * source when `nextDatagram` asks for it, so nothing is queued here. A window of 1 is RFC 1350.
 *
 * ```
 * state       input                        next        effect
 * requesting  ACK 0                        sending     defaults hold; first window
 *             OACK that answers the WRQ    sending     its parameters hold; first window
 *             OACK that does not           ended       ERROR 8; failed by local
 *             timeout                      same/ended  WRQ again; failed after handshakeSends
 * offering    ACK 0                        sending     first window; a proof of the peer's address
 *                                                      only if the port is secret
 *             other ACK                    same        ignored
 *             timeout                      same/ended  OACK again; failed after handshakeSends
 * sending     ACK of new blocks, all sent  same        proof of the address; next window
 *             ACK of new blocks, not all   same        window again from behind that ACK
 *             ACK of the last block        ended       completed
 *             ACK of `acked` again         same        window again, once per clean window and
 *                                                      never with windowsize 1 (RFC 1123 §4.2.3.1)
 *             other ACK                    same        ignored
 *             timeout before any proof     same/ended  first block again as the allowance covers
 *                                                      it; failed after handshakeSends, or 30
 *                                                      seconds after ACK 0
 *             timeout                      same/ended  window again from behind `acked`; failed
 *                                                      after stallMs, completed with a final ACK
 *                                                      missing after finalAckMs
 * any of them ERROR                        ended       failed by peer; nothing is sent back
 *             abort                        ended       ERROR; failed by local
 *             anything else                same        ignored
 * ended       anything                     same        ignored
 * ```
 */
import { encodeDataHeader, encodePacket } from '../codec/encode.js';
import { type TftpOptions, type WriteRequestPacket } from '../codec/packet.js';
import { acceptOptionAck } from '../negotiation/accept-option-ack.js';
import { DEFAULT_PARAMETERS, type TransferParameters } from '../negotiation/parameters.js';
import { Allowance, type UnprovenPeer } from './allowance.js';
import { type BlockSource } from './block-source.js';
import {
  type OutgoingDatagram,
  type TransferEvent,
  type TransferFailure,
  type TransferMachine,
} from './machine.js';
import { Opening } from './opening.js';
import { DEFAULT_PACING_POLICY, Pacer, type PacingPolicy } from './pacer.js';
import {
  DEFAULT_RETRANSMISSION_POLICY,
  type RetransmissionPolicy,
  RetransmissionTimer,
} from './retransmission.js';
import { SendWindow } from './send-window.js';
import { type SendStats } from './stats.js';

/** State of a {@link SendTransfer}; its file's header has the table. */
export type SendState = 'requesting' | 'offering' | 'sending' | 'ended';

/** How a {@link SendTransfer} begins. */
export type SendOpening =
  | {
      /** A server acknowledges options and waits for ACK 0 (RFC 2347). */
      readonly type: 'offer';
      readonly optionAck: TftpOptions;
      readonly parameters: TransferParameters;
    }
  /** A server answers a request without options by the first block. */
  | { readonly type: 'data' }
  /** A client asks to write. */
  | { readonly type: 'request'; readonly request: WriteRequestPacket };

/** What a {@link SendTransfer} needs. */
export interface SendTransferOptions {
  readonly opening: SendOpening;
  readonly source: BlockSource;
  /**
   * What a server knows about its peer, to limit what a forged address costs its owner.
   *
   * @default repetitions are limited in number only, and any answer is proof
   */
  readonly peer?: UnprovenPeer | undefined;
  /** @default DEFAULT_RETRANSMISSION_POLICY */
  readonly retransmission?: RetransmissionPolicy | undefined;
  /** @default DEFAULT_PACING_POLICY */
  readonly pacing?: PacingPolicy | undefined;
}

/** The sending side of a transfer. See {@link TransferMachine} for how to drive it. */
export class SendTransfer implements TransferMachine {
  readonly #source: BlockSource;
  readonly #policy: RetransmissionPolicy;
  readonly #timer: RetransmissionTimer;
  readonly #pacer: Pacer;
  readonly #events: TransferEvent[] = [];
  readonly #opening: Opening;
  readonly #allowance: Allowance;
  /** Whether only the peer itself can send acknowledgements. */
  readonly #isPortSecret: boolean;
  /** What this side asked for as a client; an OACK may hold nothing else. */
  readonly #requested: TftpOptions;

  #state: SendState;
  #parameters: TransferParameters;
  #window: SendWindow;
  /** WRQ, OACK or ERROR that goes out next. */
  #control: Uint8Array | undefined;

  #now: number;
  #retransmitAt: number;
  #progressedAt: number;

  /** Whether the peer has proven its address; until then it may be forged. */
  #isProven = false;
  /** Length of the datagram sent last to a peer that has proven nothing. */
  #lastSentBytes = 0;
  #timeoutsInARow = 0;
  #sizeBytes: number | undefined;

  readonly #stats = {
    bytesSent: 0,
    bytesAcknowledged: 0,
    blocksSent: 0,
    blocksRetransmitted: 0,
    acksIgnored: 0,
    timeouts: 0,
  };

  /** @param now - milliseconds on the clock of every later call */
  constructor(options: SendTransferOptions, now: number) {
    const { opening } = options;
    this.#source = options.source;
    this.#policy = policyFor(options);
    this.#timer = new RetransmissionTimer(this.#policy);
    this.#pacer = new Pacer(options.pacing ?? DEFAULT_PACING_POLICY);
    this.#state = OPENING_STATES[opening.type];
    this.#opening = new Opening(openingPacket(opening), this.#policy.handshakeSends, now);
    this.#allowance = new Allowance(options.peer);
    this.#isPortSecret = options.peer?.isPortSecret ?? true;
    this.#control = this.#opening.packet;
    this.#requested = opening.type === 'request' ? opening.request.options : [];
    this.#parameters = opening.type === 'offer' ? opening.parameters : DEFAULT_PARAMETERS;
    this.#window = this.#agree(this.#parameters);
    this.#now = now;
    this.#progressedAt = now;
    this.#retransmitAt = now + this.#intervalMs;
  }

  /** Where the machine stands. */
  get state(): SendState {
    return this.#state;
  }

  /** What holds at present: the defaults until options were agreed upon. */
  get parameters(): TransferParameters {
    return this.#parameters;
  }

  /** What was counted so far. */
  get stats(): SendStats {
    return this.#stats;
  }

  /** Whether the peer has proven its address yet; until then it may be forged. */
  get isPeerProven(): boolean {
    return this.#isProven;
  }

  /** Whether the peer has proven its address and has not fallen silent since. */
  get isPeerAnswering(): boolean {
    return this.#isProven && this.#timeoutsInARow === 0;
  }

  /**
   * Whether the peer has acknowledged data, and everything but the last block, which was sent. Many
   * clients never acknowledge that one; a file of one block is delivered only by its ACK.
   */
  get isDelivered(): boolean {
    return this.#window.acked > 0 && this.#window.isDelivered;
  }

  /** When the peer last acknowledged something new, in milliseconds. */
  get progressedAt(): number {
    return this.#progressedAt;
  }

  /** Time to wait for an answer; a peer that has proven nothing cannot ask for less than usual. */
  get #intervalMs(): number {
    const { intervalMs } = this.#timer;
    return this.#isProven ? intervalMs : Math.max(intervalMs, this.#policy.initialMs);
  }

  get deadline(): number | undefined {
    if (this.#state === 'ended') {
      return undefined;
    }
    const due = Math.min(this.#retransmitAt, this.#progressedAt + this.#policy.stallMs);
    return Math.min(due, this.#pacer.resumeAt ?? due);
  }

  receive(datagram: Uint8Array, now: number): void {
    if (!this.#isProven) {
      this.#allowance.received(datagram.length);
    }
    const decoded = decodePacket(datagram);
    if (this.#state === 'ended' || !decoded.ok) {
      return;
    }
    this.#now = now;
    const { packet } = decoded;
    if (packet.type === 'ack') {
      this.#receiveAck(packet.block);
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
    this.#pacer.wake(now);
    if (now >= this.#progressedAt + this.#policy.stallMs) {
      this.#fail('timeout', WireErrorCode.notDefined, 'no answer');
    } else if (now >= this.#retransmitAt) {
      this.#repeat();
    }
  }

  abort(code: number, message: string): void {
    if (this.#state === 'ended') {
      return;
    }
    this.#fail('local', code, message);
    if (this.#isProven || !this.#opening.isSpent) {
      this.#control = encodePacket({ type: 'error', code, message });
    }
  }

  /** The source has bytes in memory that it lacked before. */
  resume(now: number): void {
    this.#now = now;
    if (this.#state === 'sending' && !this.#window.isOutstanding) {
      this.#retransmitAt = now + this.#intervalMs;
    }
  }

  /**
   * The client has repeated its request: the answer was lost, or both have crossed. The answer is
   * repeated at once if it is not too fresh and the peer has not had its share.
   *
   * @param requestBytes - length of the request
   */
  repeatAnswer(now: number, requestBytes = 0): void {
    this.#allowance.received(requestBytes);
    const isUseless = this.#isProven || this.#opening.isSpent || this.#opening.isCrossing(now);
    if (this.#state !== 'ended' && !isUseless && this.#allowance.covers(this.#lastSentBytes)) {
      this.#now = now;
      this.#repeatOpening();
    }
  }

  nextDatagram(): OutgoingDatagram | undefined {
    const datagram = this.#takeDatagram();
    if (!this.#isProven && datagram !== undefined) {
      this.#lastSentBytes = datagram.head.length + (datagram.body?.length ?? 0);
      this.#allowance.sent(this.#lastSentBytes);
    }
    return datagram;
  }

  nextEvent(): TransferEvent | undefined {
    return this.#events.length === 0 ? undefined : this.#events.shift();
  }

  #takeDatagram(): OutgoingDatagram | undefined {
    if (this.#state === 'sending' && this.#control === undefined) {
      const block = this.#nextBlock();
      if (block !== undefined) {
        return block;
      }
    }
    const head = this.#control;
    this.#control = undefined;
    return head && { head };
  }

  #receiveAck(wire: number): void {
    if (this.#state !== 'sending') {
      if (wire === 0) {
        this.#open(this.#state === 'requesting' ? DEFAULT_PARAMETERS : this.#parameters);
      }
      return;
    }
    const effect = this.#window.acknowledge(wire, this.#now);
    if (effect === 'ignored') {
      this.#stats.acksIgnored += 1;
      return;
    }
    if (effect === 'advanced') {
      this.#progressed();
    }
    this.#retransmitAt = this.#now + this.#intervalMs;
  }

  #receiveOptionAck(options: TftpOptions): void {
    if (this.#state === 'requesting') {
      const accepted = acceptOptionAck(this.#requested, options);
      if (accepted.ok) {
        this.#open(accepted.parameters);
      } else {
        this.#isProven = true;
        this.abort(WireErrorCode.optionNegotiation, accepted.reason);
      }
    } else if (this.#state === 'sending' && this.#window.acked === 0) {
      // The server repeats its OACK as it would repeat ACK 0.
      this.#receiveAck(0);
    }
  }

  /** The peer has answered the opening: data may flow. */
  #open(parameters: TransferParameters): void {
    this.#isProven = this.#isPortSecret;
    this.#state = 'sending';
    this.#control = undefined;
    this.#progressedAt = this.#now;
    this.#window = this.#agree(parameters);
    this.#timer.measured(this.#opening.roundTripMs(this.#now));
    this.#timer.progressed();
    this.#opening.giveWay(this.#now);
    this.#allowance.acknowledged();
    this.#retransmitAt = this.#now + this.#intervalMs;
    this.#events.push({ type: 'negotiated', parameters });
  }

  #agree(parameters: TransferParameters): SendWindow {
    this.#parameters = parameters;
    if (parameters.timeoutMs !== undefined) {
      // Blind acknowledgements must not make a forged address's owner get blocks in milliseconds.
      const leastMs = this.#isPortSecret ? 0 : this.#policy.initialMs;
      this.#timer.agree(Math.max(leastMs, parameters.timeoutMs));
    }
    const hasCredit = this.#opening.wasSentOnce;
    const window = new SendWindow(parameters, this.#timer, this.#pacer, hasCredit);
    this.#sizeBytes = this.#source.size;
    if (this.#sizeBytes !== undefined) {
      window.endWith(Math.floor(this.#sizeBytes / parameters.blksize) + 1);
    }
    return window;
  }

  #progressed(): void {
    this.#isProven = true;
    this.#timeoutsInARow = 0;
    this.#progressedAt = this.#now;
    this.#timer.progressed();
    const { acked, lastBlock } = this.#window;
    const bytes = acked * this.#parameters.blksize;
    this.#stats.bytesAcknowledged = Math.min(bytes, this.#sizeBytes ?? Infinity);
    if (acked === lastBlock) {
      this.#complete(false);
    }
  }

  #repeat(): void {
    if (this.#state === 'sending' && !this.#window.isOutstanding) {
      // The source keeps the peer waiting; there is nothing to repeat.
      this.#retransmitAt = this.#now + this.#intervalMs;
      return;
    }
    this.#stats.timeouts += 1;
    this.#timeoutsInARow += 1;
    if (!this.#isProven) {
      this.#repeatUnproven();
    } else if (
      this.#window.isOnlyLastOutstanding &&
      this.#now >= this.#progressedAt + this.#policy.finalAckMs
    ) {
      this.#complete(true);
    } else {
      this.#timer.backOff();
      this.#window.timedOut();
      this.#retransmitAt = this.#now + this.#intervalMs;
    }
  }

  /** Repeats to a peer that has proven nothing, as far as its allowance goes. */
  #repeatUnproven(): void {
    // A client that acknowledged the options goes on doing so, and earns the next copy by it.
    const hasAcknowledged = this.#state === 'sending' && this.#opening.packet !== undefined;
    const isOver = hasAcknowledged
      ? this.#now >= this.#progressedAt + FIRST_BLOCK_MS
      : this.#opening.isExpired;
    if (isOver) {
      this.#fail('timeout', WireErrorCode.notDefined, 'no answer');
      return;
    }
    if (!hasAcknowledged) {
      this.#timer.backOff();
    }
    if (this.#allowance.covers(this.#lastSentBytes)) {
      this.#repeatOpening();
    } else {
      this.#opening.skip();
      this.#retransmitAt = this.#now + this.#intervalMs;
    }
  }

  /** Sends WRQ, OACK or the first block once more. */
  #repeatOpening(): void {
    this.#opening.repeat(this.#now);
    this.#control = this.#state === 'sending' ? undefined : this.#opening.packet;
    this.#window.timedOut();
    this.#retransmitAt = this.#now + this.#intervalMs;
  }

  #nextBlock(): OutgoingDatagram | undefined {
    const block = this.#window.next(this.#now);
    const body = block === undefined ? undefined : this.#read(block);
    if (block === undefined || body === undefined) {
      return undefined;
    }
    const isRepeated = this.#window.sent(this.#now);
    this.#stats.blocksSent += 1;
    this.#stats.bytesSent += body.length;
    this.#stats.blocksRetransmitted += isRepeated ? 1 : 0;
    const head = encodeDataHeader(wireBlock(block, this.#parameters.rollover));
    return { head, body };
  }

  /** The payload of a block; undefined when it is not in memory or the source proved broken. */
  #read(block: number): Uint8Array | undefined {
    const { blksize } = this.#parameters;
    const offset = (block - 1) * blksize;
    const size = this.#sizeBytes;
    const wanted = size === undefined ? blksize : Math.min(blksize, size - offset);
    const body = wanted === 0 ? EMPTY : this.#source.read(offset, wanted);
    if (body === undefined || body.length === wanted) {
      return body;
    }
    if (size !== undefined || body.length > wanted) {
      // A file cut short while it is sent must not look whole to the peer.
      this.abort(WireErrorCode.notDefined, 'File changed while it was sent');
      return undefined;
    }
    this.#window.endWith(block);
    this.#sizeBytes = offset + body.length;
    return body;
  }

  #complete(finalAckMissing: boolean): void {
    this.#state = 'ended';
    this.#events.push({ type: 'completed', finalAckMissing });
  }

  #fail(by: TransferFailure['by'], code: number, message: string): void {
    this.#state = 'ended';
    this.#control = undefined;
    const stage = this.#window.acked === 0 ? 'handshake' : 'transfer';
    this.#events.push({ type: 'failed', failure: { by, stage, code, message } });
  }
}

const EMPTY = new Uint8Array(0);

/** How long a peer that acknowledged the options may take to get the first block, in milliseconds. */
const FIRST_BLOCK_MS = 30_000;

/**
 * Longest interval to a peer that can acknowledge blindly, in multiples of the usual one. It leaves
 * 9 repetitions of a block in the two minutes before the peer is given up, instead of 19.
 */
const BLIND_FACTOR = 8;

function policyFor({ retransmission, peer }: SendTransferOptions): RetransmissionPolicy {
  const policy = retransmission ?? DEFAULT_RETRANSMISSION_POLICY;
  return (peer?.isPortSecret ?? true) ? policy : { ...policy, maxMs: BLIND_FACTOR * policy.maxMs };
}

const OPENING_STATES = { request: 'requesting', offer: 'offering', data: 'sending' } as const;

function openingPacket(opening: SendOpening): Uint8Array | undefined {
  switch (opening.type) {
    case 'request':
      return encodePacket(opening.request);
    case 'offer':
      return encodePacket({ type: 'oack', options: opening.optionAck });
    case 'data':
      return undefined;
  }
}
