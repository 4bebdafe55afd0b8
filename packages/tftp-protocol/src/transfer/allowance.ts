/** What a server knows about the peer of a request, whose source address may be forged. */
export interface UnprovenPeer {
  /** Length of the request, in bytes. */
  readonly requestBytes: number;
  /** Bytes that repetitions may cost for each byte received. */
  readonly maxAmplification: number;
  /**
   * Whether the answer comes from a port that only its receiver knows. An acknowledgement of the
   * options is proof then; on a port that everyone knows it can be sent blindly.
   */
  readonly isPortSecret: boolean;
}

/** With the default of 40, that makes 60. */
const ACKNOWLEDGED_FACTOR = 1.5;

/**
 * Bytes that may still go to a peer before it has acknowledged data. The first copy of a packet goes
 * out in any case; repeating it is up to this allowance, which grows with what the peer sends.
 */
export class Allowance {
  readonly #isLimited: boolean;
  #factor: number;
  #received: number;
  #sent = 0;

  /** @param peer - unlimited when absent: a client knows whom it has asked */
  constructor(peer: UnprovenPeer | undefined) {
    this.#isLimited = peer !== undefined;
    this.#factor = peer?.maxAmplification ?? 0;
    this.#received = peer?.requestBytes ?? 0;
  }

  /** Whether `bytes` more are covered. */
  covers(bytes: number): boolean {
    return !this.#isLimited || this.#sent + bytes <= this.#received * this.#factor;
  }

  /** The peer has sent a datagram. */
  received(bytes: number): void {
    this.#received += bytes;
  }

  /** A datagram went to the peer. */
  sent(bytes: number): void {
    this.#sent += bytes;
  }

  /** The peer has acknowledged the options: a block may be lost and sent again. */
  acknowledged(): void {
    this.#factor *= ACKNOWLEDGED_FACTOR;
  }
}
