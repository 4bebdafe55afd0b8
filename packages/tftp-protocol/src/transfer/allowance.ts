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

/**
 * Bytes that may still go to a peer before it has acknowledged data. The first copy of a packet goes
 * out in any case; repeating it is up to this allowance, which grows with what the peer sends.
 */
export class Allowance {
  readonly #maxAmplification: number;
  #left: number;

  /** @param peer - unlimited when absent: a client knows whom it has asked */
  constructor(peer: UnprovenPeer | undefined) {
    this.#maxAmplification = peer?.maxAmplification ?? 0;
    this.#left = peer === undefined ? Infinity : peer.requestBytes * peer.maxAmplification;
  }

  /** Whether `bytes` more are covered. */
  covers(bytes: number): boolean {
    return bytes <= this.#left;
  }

  /** The peer has sent a datagram. */
  received(bytes: number): void {
    this.#left += bytes * this.#maxAmplification;
  }

  /** A datagram went to the peer. */
  sent(bytes: number): void {
    this.#left -= bytes;
  }
}
