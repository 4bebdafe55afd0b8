/** Maximum time that the archive's clock may be ahead of this one's, in milliseconds. */
export const CLOCK_TOLERANCE_MS: number = 24 * 60 * 60 * 1000;

/** Times that decide whether a signature counts, in milliseconds since 1970. */
export interface SignatureTimes {
  /** Creation time in the signature. */
  readonly createdAt: number;
  /** Expiry of the key; `Infinity` if it does not expire. */
  readonly keyExpiresAt: number;
}

/**
 * Returns true if a signature's key was valid when the signature was made, and still is. The creation time
 * alone proves nothing: anyone who gets hold of an expired key can choose it. So this machine's clock decides
 * whether a key has expired.
 *
 * @param now - current time, in milliseconds since 1970
 */
export function isKeyInForce({ createdAt, keyExpiresAt }: SignatureTimes, now: number): boolean {
  return createdAt < keyExpiresAt && now < keyExpiresAt;
}
