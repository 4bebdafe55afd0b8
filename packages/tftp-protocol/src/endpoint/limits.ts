import { type RateLimit } from './token-bucket.js';

/**
 * Limits of an endpoint, in total and per source. A source is an IPv4 address, a link-local IPv6 address, or
 * the /64 of any other IPv6 address. Within a /64, each address has its own share.
 */
export interface EndpointLimits {
  /**
   * Maximum number of transfers. A source holds at most half as many slots as are free, so that a few sources
   * can never hold all of them. At the limit, a new request evicts a silent transfer; failing that, one that
   * counts towards `maxHalfOpen`; failing that, one of the source with the most transfers, if that source has
   * more than twice as many as the newcomer's. If none of these exists, the request is dropped without an
   * ERROR, so that the client repeats it.
   *
   * @default 4_096
   */
  readonly maxTransfers: number;
  /**
   * Maximum number of transfers of one source, which may be a whole rack behind NAT or an IPv6 network. At
   * the limit, a new request evicts a silent or half-open transfer of that source, or one of its address with
   * the most transfers, if that address has more than twice as many as the newcomer's.
   *
   * @default 1_024
   */
  readonly maxTransfersPerSource: number;
  /**
   * Maximum number of half-open transfers: those whose client has not proven its address, by sending data, by
   * acknowledging data, or by acknowledging options sent from the transfer's own port. At the limit, the
   * oldest one of the source with the most half-open transfers is evicted, starting with first-time clients.
   * A quarter of the slots is reserved for first-time clients, another quarter for clients that repeat a
   * request, and half for clients that have completed a transfer before. At 2,000 forged requests per second,
   * a half-open transfer keeps its slot for half as many milliseconds as this number (512 by default); its
   * client must answer within that time.
   *
   * @default 1_024
   */
  readonly maxHalfOpen: number;
  /**
   * Maximum number of sources remembered, at about 500 bytes of memory each.
   *
   * @default 16_384
   */
  readonly maxSources: number;
  /**
   * Rate of requests from one source, repetitions included. Half of the burst of a /64 is reserved for those
   * of its addresses that send few requests; each of these gets a hundredth of the rate.
   *
   * @default 500 a second, 2,000 at once
   */
  readonly requestsPerSource: RateLimit;
  /**
   * Rate of requests from all addresses that have not completed a transfer within the last hour; the others
   * share a separate limit, twice as high. Above the limit a request is dropped undecoded. A fixed table of 2
   * MiB remembers requests, in order to recognise real clients, which repeat theirs. Half of the burst is
   * reserved for sources that send at most two requests per second.
   *
   * @default 2_000 a second, 4_000 at once
   */
  readonly newRequests: RateLimit;
  /**
   * Rate of requests that repeat one received 0.5 to 32 seconds earlier, from addresses that have not
   * completed a transfer within the last hour. Above the limit, they count against `newRequests`.
   *
   * @default 2_000 a second, 2_000 at once
   */
  readonly repeatedRequests: RateLimit;
  /**
   * Rate of unsolicited bytes to one source: errors, answers to requests, and everything sent to a silent
   * client. Protects the owner of a forged source address from a flood. The addresses of a /64 share it in
   * the same way as `requestsPerSource`.
   *
   * @default 512 KiB a second, 4 MiB at once
   */
  readonly unprovenBytesPerSource: RateLimit;
  /**
   * Maximum number of bytes sent per byte received until a client has acknowledged data. It limits the
   * repetitions of an answer; the limit for the first block after ACK 0 is 1.5 times as high. The first
   * copy of each packet is always sent.
   *
   * @default 40
   */
  readonly maxAmplification: number;
  /**
   * Maximum time for opening a source or sink, in milliseconds.
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
