import { type RateLimit } from './token-bucket.js';

/** How much an endpoint takes on, in total and from one source address. */
export interface EndpointLimits {
  /** Transfers at once. Requests beyond are dropped: clients repeat them, while an error is final. */
  readonly maxTransfers: number;
  /** Transfers at once from one source address, which may be a whole rack behind NAT. */
  readonly maxTransfersPerSource: number;
  /** Transfers at once whose peer has not answered yet; beyond, the oldest gives way. */
  readonly maxHalfOpen: number;
  /** Source addresses remembered at once. */
  readonly maxSources: number;
  /** Requests from one source address. */
  readonly requestsPerSource: RateLimit;
  /**
   * Datagrams to one source address that nothing proves to be wanted: errors, and data or options
   * that were never acknowledged. Keeps a forged source address from being flooded.
   */
  readonly unprovenAnswersPerSource: RateLimit;
  /** Longest time that opening a source or sink may take, in milliseconds. */
  readonly openMs: number;
}

/** Defaults of {@link EndpointLimits}. */
export const DEFAULT_ENDPOINT_LIMITS: EndpointLimits = {
  maxTransfers: 4_096,
  maxTransfersPerSource: 1_024,
  maxHalfOpen: 1_024,
  maxSources: 16_384,
  requestsPerSource: { perSecond: 500, burst: 2_000 },
  unprovenAnswersPerSource: { perSecond: 1_000, burst: 4_000 },
  openMs: 30_000,
};
