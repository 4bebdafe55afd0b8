import { DEFAULT_ENDPOINT_LIMITS, type EndpointLimits } from '../../endpoint/limits.js';

/** Limits of a server: those of its endpoint, and those on system resources. */
export interface TftpServerLimits extends EndpointLimits {
  /**
   * Maximum number of transfers with their own socket, at one file descriptor each. Such sockets serve
   * clients that request a window or blocks above 1,468 bytes. If `singlePort` is false, they serve all
   * clients, and this number limits all transfers. Keep it well below the process's limit on descriptors. At
   * the limit, or if the system has no socket left, a client is answered from the listening port, without a
   * window. If `singlePort` is false, one of these transfers is evicted instead: the oldest one whose client
   * has not answered, a silent one, or one of the source with the most transfers. If none may be evicted, the
   * request is dropped. With `portRange`, the number of ports in the range is a limit, too.
   *
   * @default 512
   */
  readonly maxSockets: number;
  /**
   * Maximum number of bytes that all transfers hold in memory for sending; a shared buffer counts once. A
   * transfer holds up to 192 KiB. At the limit, each transfer holds at most three chunks, copies of 8 KiB or
   * of one block, whichever is larger, and reads its source more often. A higher value lets more transfers of
   * different files run at full speed.
   *
   * @default 67_108_864 (64 MiB)
   */
  readonly maxChunkBytes: number;
  /**
   * Maximum number of bytes of all uploads that may wait for their sinks: the sum of their windows. Each
   * upload is granted at most a sixteenth of what is left, but at least one block of 1,468 bytes.
   *
   * @default 67_108_864 (64 MiB)
   */
  readonly maxUploadBytes: number;
}

/** Defaults of {@link TftpServerLimits}. */
export const DEFAULT_SERVER_LIMITS: TftpServerLimits = {
  ...DEFAULT_ENDPOINT_LIMITS,
  maxSockets: 512,
  maxChunkBytes: 64 * 1024 * 1024,
  maxUploadBytes: 64 * 1024 * 1024,
};

/** Current usage of a server, with the limit of each figure. */
export interface TftpServerUsage {
  /** Transfers, including those being opened and those that dally; limited by `limits.maxTransfers`. */
  readonly transfers: number;
  /** Transfers whose client has not proven its address; limited by `limits.maxHalfOpen`. */
  readonly halfOpen: number;
  /** Sockets that serve a single transfer; limited by `limits.maxSockets`. */
  readonly sockets: number;
  /** Listening sockets, including those for broadcasts. */
  readonly listeners: number;
  /** Sources remembered; limited by `limits.maxSources`. */
  readonly sources: number;
  /** Bytes held for sending; limited by `limits.maxChunkBytes`. */
  readonly chunkBytes: number;
  /** Sum of the windows of uploads, in bytes; limited by `limits.maxUploadBytes`. */
  readonly uploadBytes: number;
}
