/** When a machine repeats itself and when it gives up. */
export interface RetransmissionPolicy {
  /** First interval, until a round trip has been measured; in milliseconds. */
  readonly initialMs: number;
  /** Shortest interval that measuring can lead to, in milliseconds. */
  readonly minMs: number;
  /** Longest interval that doubling can lead to, in milliseconds. */
  readonly maxMs: number;
  /**
   * Most datagrams that a peer gets before its first answer. Small, since until then the request's
   * source address may be forged and the answers hit a victim.
   */
  readonly handshakeSends: number;
  /**
   * How long the last block is repeated before its missing acknowledgement is put up with, in
   * milliseconds; some clients never send it.
   */
  readonly finalAckMs: number;
  /** Longest time without progress, in milliseconds; devices that write flash can be slow. */
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

/** Timeouts in a row after which an interval that was agreed upon is doubled, too. */
const AGREED_TIMEOUTS = 4;

/**
 * Retransmission interval: adaptive with exponential backoff as RFC 1123 §4.2.3.2 demands, by the
 * estimator of RFC 6298. An interval agreed upon by `timeout` (RFC 2349) is kept for
 * {@link AGREED_TIMEOUTS} timeouts in a row, and doubled from then on: a peer that asked for ten
 * milliseconds and fell silent is not flooded.
 */
export class RetransmissionTimer {
  readonly #policy: RetransmissionPolicy;
  #agreedMs: number | undefined;
  #smoothedMs: number | undefined;
  #varianceMs = 0;
  #backoff = 1;

  constructor(policy: RetransmissionPolicy) {
    this.#policy = policy;
  }

  /** Time to wait for an answer to what is sent now, in milliseconds. */
  get intervalMs(): number {
    const { initialMs, minMs, maxMs } = this.#policy;
    if (this.#agreedMs !== undefined) {
      const factor = Math.max(1, this.#backoff / 2 ** AGREED_TIMEOUTS);
      return Math.min(this.#agreedMs * factor, Math.max(this.#agreedMs, maxMs));
    }
    const measured =
      this.#smoothedMs === undefined ? initialMs : this.#smoothedMs + 4 * this.#varianceMs;
    return Math.min(Math.max(measured, minMs) * this.#backoff, maxMs);
  }

  /** Round trip as measured so far, in milliseconds; 0 when none was. */
  get smoothedMs(): number {
    return this.#smoothedMs ?? 0;
  }

  /** Fixes the interval to what the peer asked for. */
  agree(intervalMs: number): void {
    this.#agreedMs = intervalMs;
  }

  /** Takes a round trip of a datagram that was sent once (Karn's rule); undefined is ignored. */
  measured(roundTripMs: number | undefined): void {
    if (roundTripMs === undefined) {
      return;
    }
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = roundTripMs;
      this.#varianceMs = roundTripMs / 2;
      return;
    }
    const error = roundTripMs - this.#smoothedMs;
    this.#varianceMs += (Math.abs(error) - this.#varianceMs) / 4;
    this.#smoothedMs += error / 8;
  }

  /** The interval ran out: the next one is twice as long. */
  backOff(): void {
    this.#backoff *= 2;
  }

  /** The peer made progress: back to the plain interval. */
  progressed(): void {
    this.#backoff = 1;
  }
}
