/** Peer of a request whose source address may be forged. */
export interface UnprovenPeer {
  /** Length of the request, in bytes. */
  readonly requestBytes: number;
  /** Maximum number of bytes sent per byte received; only repetitions are withheld. */
  readonly maxAmplification: number;
  /**
   * True if answers leave from a port known only to their receiver. An acknowledgement of the options then
   * proves the peer's address; one sent to a well-known port may be forged.
   */
  readonly isPortSecret: boolean;
}

/** Factor applied to the amplification limit after ACK 0: with the default of 40, the limit becomes 60. */
const ACKNOWLEDGED_FACTOR = 1.5;

/**
 * Byte budget for a peer that has not acknowledged data. The first copy of a packet is always sent;
 * repetitions must fit this budget, which grows with the bytes received from the peer.
 */
export class Allowance {
  readonly #isLimited: boolean;
  #factor: number;
  #received: number;
  #sent = 0;

  /**
   * @param peer - unproven peer; undefined for no limit, since a client trusts the address that it chose
   *   itself
   */
  constructor(peer: UnprovenPeer | undefined) {
    this.#isLimited = peer !== undefined;
    this.#factor = peer?.maxAmplification ?? 0;
    this.#received = peer?.requestBytes ?? 0;
  }

  /** Returns true if another `bytes` bytes fit into the budget. */
  covers(bytes: number): boolean {
    return !this.#isLimited || this.#sent + bytes <= this.#received * this.#factor;
  }

  /** Adds a datagram received from the peer. */
  received(bytes: number): void {
    this.#received += bytes;
  }

  /** Subtracts a datagram sent to the peer. */
  sent(bytes: number): void {
    this.#sent += bytes;
  }

  /** Raises the limit after the peer acknowledged the options, so that a block can be repeated. */
  acknowledged(): void {
    this.#factor *= ACKNOWLEDGED_FACTOR;
  }
}
