/** Results of the slow transfers. */
export interface SlowTransferReport {
  /** SHA-256 of each file that arrived complete over TFTP. */
  readonly tftp: readonly string[];
  /** SHA-256 of each range that arrived complete over HTTP. */
  readonly http: readonly string[];
}
