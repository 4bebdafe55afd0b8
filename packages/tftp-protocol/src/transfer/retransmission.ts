/** Retransmission intervals of a machine, and limits after which it gives up. */
export interface RetransmissionPolicy {
  /** Interval before a round trip has been measured, in milliseconds. */
  readonly initialMs: number;
  /** Minimum interval, in milliseconds; one agreed on with `timeout` may be shorter. */
  readonly minMs: number;
  /** Maximum interval after backoff, in milliseconds; one agreed on with `timeout` may be longer. */
  readonly maxMs: number;
  /**
   * Maximum number of datagrams sent before the peer's first answer. Until then, the source address of a
   * request may be forged, and the answers may reach a victim.
   */
  readonly handshakeSends: number;
  /**
   * Time without progress, in milliseconds, after which a transfer counts as complete although its last block
   * was not acknowledged; some clients never acknowledge it.
   */
  readonly finalAckMs: number;
  /** Maximum time without progress, in milliseconds; devices that write flash can be slow. */
  readonly stallMs: number;
}

/** Defaults of {@link RetransmissionPolicy}. */
export const DEFAULT_RETRANSMISSION_POLICY: RetransmissionPolicy = {
  initialMs: 1_000,
  minMs: 200,
  maxMs: 8_000,
  handshakeSends: 3,
  finalAckMs: 30_000,
  stallMs: 120_000,
};

/** Number of consecutive timeouts for which an agreed interval is kept; each further timeout doubles it. */
const AGREED_TIMEOUTS = 4;

/**
 * Retransmission interval: adaptive with exponential backoff, as required by RFC 1123 §4.2.3.2, with the
 * estimator of RFC 6298. An interval agreed on with `timeout` (RFC 2349) is kept for
 * {@link AGREED_TIMEOUTS} consecutive timeouts and then doubled, so that a peer that asked for ten
 * milliseconds and fell silent is not flooded.
 */
export class RetransmissionTimer {
  // First the fields that each acknowledgement needs: V8 lays fields out in this order.
  #intervalMs: number;
  #backoff = 1;
  readonly #policy: RetransmissionPolicy;
  #agreedMs: number | undefined;
  #isMeasured = false;
  #smoothedMs = 0;
  #varianceMs = 0;

  constructor(policy: RetransmissionPolicy) {
    this.#policy = policy;
    this.#intervalMs = this.#interval();
  }

  /** Time to wait for an answer to a datagram sent now, in whole milliseconds. */
  get intervalMs(): number {
    return this.#intervalMs;
  }

  /** Smoothed round trip in milliseconds; 0 before the first measurement. */
  get smoothedMs(): number {
    return this.#smoothedMs;
  }

  /** Sets the interval agreed on, in milliseconds. */
  agree(intervalMs: number): void {
    this.#agreedMs = intervalMs;
    this.#intervalMs = this.#interval();
  }

  /**
   * Adds the round trip of a datagram that was sent once (Karn's rule), in milliseconds; ignores undefined.
   */
  measured(roundTripMs: number | undefined): void {
    if (roundTripMs === undefined) {
      return;
    }
    if (this.#isMeasured) {
      const error = roundTripMs - this.#smoothedMs;
      this.#varianceMs += (Math.abs(error) - this.#varianceMs) / 4;
      this.#smoothedMs += error / 8;
    } else {
      this.#isMeasured = true;
      this.#smoothedMs = roundTripMs;
      this.#varianceMs = roundTripMs / 2;
    }
    this.#intervalMs = this.#interval();
  }

  /** Doubles the next interval. */
  backOff(): void {
    this.#backoff *= 2;
    this.#intervalMs = this.#interval();
  }

  /** Ends the backoff: the peer made progress. */
  progressed(): void {
    if (this.#backoff > 1) {
      this.#backoff = 1;
      this.#intervalMs = this.#interval();
    }
  }

  #interval(): number {
    const { initialMs, minMs, maxMs } = this.#policy;
    if (this.#agreedMs !== undefined) {
      const factor = Math.max(1, this.#backoff / 2 ** AGREED_TIMEOUTS);
      return Math.ceil(Math.min(this.#agreedMs * factor, Math.max(this.#agreedMs, maxMs)));
    }
    const measured = this.#isMeasured ? this.#smoothedMs + 4 * this.#varianceMs : initialMs;
    return Math.ceil(Math.min(Math.max(measured, minMs) * this.#backoff, maxMs));
  }
}
