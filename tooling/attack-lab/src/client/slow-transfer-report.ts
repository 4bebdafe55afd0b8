/** Results of the slow transfers. */
export interface SlowTransferReport {
  /** SHA-256 of each file that arrived whole by TFTP. */
  readonly tftp: readonly string[];
  /** SHA-256 of each part that arrived whole by HTTP. */
  readonly http: readonly string[];
}
