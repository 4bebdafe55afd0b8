import { DEFAULT_ENDPOINT_LIMITS, type EndpointLimits } from '../../endpoint/limits.js';

/** Limits of a server: those of its endpoint, and those on system resources. */
export interface TftpServerLimits extends EndpointLimits {
  /**
   * Maximum number of transfers with their own socket; one descriptor each. Such sockets serve clients that
   * request a window or blocks above 1,468 bytes, and all clients if `singlePort` is false, which limits the
   * number of transfers, too. Keep this number well below the process's descriptor limit. Above the limit,
   * and if the system has no socket left, a client is answered from the listening port, without a window; if
   * `singlePort` is false, the oldest transfer whose client has not answered gives way, then a silent one,
   * then one of the source with the most transfers, and otherwise the request is dropped. With `portRange`,
   * the number of its ports is a limit, too.
   *
   * @default 512
   */
  readonly maxSockets: number;
  /**
   * Maximum number of bytes that all transfers hold in memory for sending; a shared buffer counts once. A
   * transfer holds up to 192 KiB. Above the limit, transfers hold at most three copies each, of 8 KiB or one
   * block if that is larger, and read their sources more often. A higher value lets more transfers of
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
  /** Transfers, including those being opened and those that dally: `limits.maxTransfers`. */
  readonly transfers: number;
  /** Transfers whose client has not proven its address: `limits.maxHalfOpen`. */
  readonly halfOpen: number;
  /** Sockets that belong to single transfers: `limits.maxSockets`. */
  readonly sockets: number;
  /** Listening sockets, including those for broadcasts. */
  readonly listeners: number;
  /** Sources remembered: `limits.maxSources`. */
  readonly sources: number;
  /** Bytes held for sending: `limits.maxChunkBytes`. */
  readonly chunkBytes: number;
  /** Sum of the windows of uploads: `limits.maxUploadBytes`. */
  readonly uploadBytes: number;
}
