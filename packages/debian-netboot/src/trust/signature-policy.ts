/** Times that decide whether a signature may count, in milliseconds since 1970. */
export interface SignatureTimes {
  /** When the signature says that it was made. */
  readonly createdAt: number;
  /** When the key that made it expires; `Infinity` for a key that does not. */
  readonly keyExpiresAt: number;
}

/**
 * Whether a signature's key was valid when the signature was made, and still is. The creation time
 * alone proves nothing: whoever gets hold of an expired key can write any date into a signature. Only
 * the clock of this machine ends what an expired key can vouch for.
 *
 * @param now - the time, in milliseconds since 1970
 */
export function isKeyInForce({ createdAt, keyExpiresAt }: SignatureTimes, now: number): boolean {
  return createdAt < keyExpiresAt && now < keyExpiresAt;
}
