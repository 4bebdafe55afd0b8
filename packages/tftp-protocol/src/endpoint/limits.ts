import { type RateLimit } from './token-bucket.js';

/**
 * Budgets of an endpoint, in total and for one source. A source is an IPv4 address, a link-local
 * IPv6 address, or a /64 of any other IPv6 address.
 */
export interface EndpointLimits {
  /**
   * Maximum number of transfers. A source gets at most half of the slots that are free, so that a
   * few sources never hold all of them. Above it a transfer that is silent gives way, or one of the
   * source that has most, if that has more than twice as many as the newcomer's; if there is none,
   * requests are dropped: clients repeat them, while an error is final.
   *
   * @default 4_096
   */
  readonly maxTransfers: number;
  /**
   * Maximum number of transfers of one source, which may be a whole rack behind NAT.
   *
   * @default 1_024
   */
  readonly maxTransfersPerSource: number;
  /**
   * Maximum number of transfers whose client has not acknowledged any data. Above it the oldest one
   * of the source that has most of them gives way: those of clients that come for the first time
   * before others. While 2,000 forged requests a second come, each keeps its place for as many
   * milliseconds as half of this number, in which its client has to answer.
   *
   * @default 1_024
   */
  readonly maxHalfOpen: number;
  /**
   * Maximum number of sources remembered; about 500 bytes of memory each.
   *
   * @default 16_384
   */
  readonly maxSources: number;
  /**
   * Requests of one source.
   *
   * @default 500 a second, 2,000 at once
   */
  readonly requestsPerSource: RateLimit;
  /**
   * Requests of all sources that have not acknowledged data before. Above it a request is dropped
   * before it is decoded. Requests are remembered in a fixed table of 2 MiB: real clients repeat them.
   * Half of the burst is kept for sources that ask seldom: two requests a second each.
   *
   * @default 2_000 a second, 4_000 at once
   */
  readonly newRequests: RateLimit;
  /**
   * Requests of such sources, beyond `newRequests`, that repeat one that came at least half a
   * second ago.
   *
   * @default 2_000 a second, 2_000 at once
   */
  readonly repeatedRequests: RateLimit;
  /**
   * Bytes to one source that nothing proves to be wanted: errors, answers to requests, and
   * everything that is sent to a client that has fallen silent. Keeps a forged source address from
   * being flooded.
   *
   * @default 512 KiB a second, 4 MiB at once
   */
  readonly unprovenBytesPerSource: RateLimit;
  /**
   * Bytes sent for each byte received until a client has acknowledged data. Repetitions of an answer
   * are held to it, those of the first block after ACK 0 to half as much again; the first copy of each packet always goes out.
   *
   * @default 40
   */
  readonly maxAmplification: number;
  /**
   * Longest time that opening a source or sink may take, in milliseconds.
   *
   * @default 30_000
   */
  readonly openMs: number;
}

/** Defaults of {@link EndpointLimits}. */
export const DEFAULT_ENDPOINT_LIMITS: EndpointLimits = {
  maxTransfers: 4_096,
  maxTransfersPerSource: 1_024,
  maxHalfOpen: 1_024,
  maxSources: 16_384,
  requestsPerSource: { perSecond: 500, burst: 2_000 },
  newRequests: { perSecond: 2_000, burst: 4_000 },
  repeatedRequests: { perSecond: 2_000, burst: 2_000 },
  unprovenBytesPerSource: { perSecond: 512 * 1024, burst: 4 * 1024 * 1024 },
  maxAmplification: 40,
  openMs: 30_000,
};
