import { encodePacket } from '../codec/encode.js';
import { type RequestPacket, type TftpOptions } from '../codec/packet.js';
import { type TransferParameters } from '../negotiation/parameters.js';

/** Start of a transfer; each machine accepts some of these. */
export type TransferOpening =
  /** A client sends a request. */
  | { readonly type: 'request'; readonly request: RequestPacket }
  /** A server acknowledges options (RFC 2347). */
  | {
      readonly type: 'offer';
      readonly optionAck: TftpOptions;
      readonly parameters: TransferParameters;
    }
  /** A server answers a write request without options with ACK 0. */
  | { readonly type: 'ack' }
  /** A server answers a read request without options with the first block. */
  | { readonly type: 'data' };

/**
 * Time after an answer, in milliseconds, within which a repeated request is assumed to have crossed that
 * answer on the wire.
 */
const CROSSING_MS = 50;

/**
 * First packet sent by one side, kept so that it can be repeated until the peer answers. Its sends are
 * counted: before the first answer, a server cannot know whether the request's source address was forged.
 */
export class Opening {
  /** RRQ, WRQ, OACK or ACK 0; undefined if the transfer starts with the first block. */
  readonly packet: Uint8Array | undefined;
  readonly #maxSends: number;
  #sends = 1;
  /** Number of intervals without a repetition, because the peer's allowance did not cover one. */
  #skips = 0;
  #sentAt: number;

  constructor(opening: TransferOpening, maxSends: number, now: number) {
    this.packet = encodeOpening(opening);
    this.#maxSends = maxSends;
    this.#sentAt = now;
  }

  /** True once the maximum number of datagrams has been sent to a silent peer. */
  get sendsExhausted(): boolean {
    return this.#sends >= this.#maxSends;
  }

  /** True once a silent peer has had the maximum number of intervals in which to answer. */
  get intervalsExhausted(): boolean {
    return this.#sends + this.#skips >= this.#maxSends;
  }

  /** True if an answer can only refer to the one copy that was sent. */
  get wasSentOnce(): boolean {
    return this.#sends === 1;
  }

  /** Returns true if a request received now cannot have been caused by the loss of the answer. */
  isCrossing(now: number): boolean {
    return now - this.#sentAt < CROSSING_MS;
  }

  /** Counts another send of the opening. */
  repeat(now: number): void {
    this.#sends += 1;
    this.#sentAt = now;
  }

  /** Counts an interval in which the opening was not repeated. */
  skip(): void {
    this.#skips += 1;
  }

  /**
   * Restarts the counts for the first block: the peer has answered the opening, although that may not yet
   * prove its address.
   */
  giveWay(now: number): void {
    this.#sends = 1;
    this.#skips = 0;
    this.#sentAt = now;
  }

  /** Returns the round trip that an answer completes, in milliseconds; undefined after a repetition. */
  roundTripMs(now: number): number | undefined {
    return this.wasSentOnce ? now - this.#sentAt : undefined;
  }
}

function encodeOpening(opening: TransferOpening): Uint8Array | undefined {
  switch (opening.type) {
    case 'request':
      return encodePacket(opening.request);
    case 'offer':
      return encodePacket({ type: 'oack', options: opening.optionAck });
    case 'ack':
      return encodePacket({ type: 'ack', block: 0 });
    case 'data':
      return undefined;
  }
}
