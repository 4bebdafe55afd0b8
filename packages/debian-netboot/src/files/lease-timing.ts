/** Timing of a lease. */
export interface LeaseTiming {
  /** Interval at which the holder renews the lease, in milliseconds. */
  readonly renewMs: number;
  /** Age after which a lease that was not renewed may be taken over, in milliseconds. */
  readonly expiryMs: number;
}

/** Default timing of a lease: a holder that misses six renewals is considered dead. */
export const LEASE_TIMING: LeaseTiming = { renewMs: 5000, expiryMs: 30_000 };
