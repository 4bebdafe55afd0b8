/** Requests repeated sooner than this after an answer have crossed it on the wire. */
const CROSSING_MS = 50;

/**
 * The first packet of a side, kept for repeating until the peer answers. Its sends are counted: up
 * to the first answer a server cannot know whether the request's source address was forged.
 */
export class Opening {
  /** RRQ, WRQ, OACK or ACK 0; undefined when the first block takes its place. */
  readonly packet: Uint8Array | undefined;
  readonly #maxSends: number;
  #sends = 1;
  /** Intervals that passed without a repetition, since the peer's allowance did not cover one. */
  #skips = 0;
  #sentAt: number;

  constructor(packet: Uint8Array | undefined, maxSends: number, now: number) {
    this.packet = packet;
    this.#maxSends = maxSends;
    this.#sentAt = now;
  }

  /** Whether a peer that does not answer has had its share. */
  get isSpent(): boolean {
    return this.#sends >= this.#maxSends;
  }

  /** Whether a peer that does not answer has had its time. */
  get isExpired(): boolean {
    return this.#sends + this.#skips >= this.#maxSends;
  }

  /** Whether an answer can only mean the one copy that was sent. */
  get wasSentOnce(): boolean {
    return this.#sends === 1;
  }

  /** Whether a request that comes now cannot have been caused by the loss of the answer. */
  isCrossing(now: number): boolean {
    return now - this.#sentAt < CROSSING_MS;
  }

  /** The opening goes out once more. */
  repeat(now: number): void {
    this.#sends += 1;
    this.#sentAt = now;
  }

  /** An interval has passed, and the opening is not repeated. */
  skip(): void {
    this.#skips += 1;
  }

  /** The peer has answered, but proven nothing: the first block takes the opening's place. */
  giveWay(now: number): void {
    this.#sends = 1;
    this.#skips = 0;
    this.#sentAt = now;
  }

  /** The round trip that an answer completes, in milliseconds; unknown after a repetition. */
  roundTripMs(now: number): number | undefined {
    return this.wasSentOnce ? now - this.#sentAt : undefined;
  }
}
