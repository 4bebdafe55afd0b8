import { DEFAULT_ENDPOINT_LIMITS, type EndpointLimits } from '../../endpoint/limits.js';

/** Budgets of a server: those of its endpoint, and of the resources of the system. */
export interface TftpServerLimits extends EndpointLimits {
  /**
   * Maximum number of sockets that belong to one transfer; one descriptor each. They serve clients
   * that ask for a window, and every client when `singlePort` is false: there they are the maximum
   * number of transfers, too. Keep it well below the process's limit of descriptors. Above it, and
   * when the system has no socket to give, a client is answered from the port that it asked, without
   * a window; when `singlePort` is false, the oldest transfer gives way whose client has not
   * answered, and if there is none, the request is dropped.
   *
   * @default 512
   */
  readonly maxSockets: number;
  /**
   * Maximum number of bytes of files that all transfers hold in memory for sending; a buffer that
   * several of them hold counts once. A transfer holds up to 192 KiB of it. Above it, transfers hold
   * copies of 8 KiB, 24 KiB for each at most, and ask their sources for more often: a higher value
   * lets more transfers of different files run at full speed.
   *
   * @default 67_108_864 (64 MiB)
   */
  readonly maxChunkBytes: number;
  /**
   * Maximum number of bytes of all uploads that may wait for their sinks: the sum of their windows.
   * Each upload is granted a sixteenth of what is left at most, but never less than a window of one block of
   * 1,468 bytes.
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

/** What a server has in use at present, beside its budget. */
export interface TftpServerUsage {
  /** Transfers, those included that are still being opened or that dally: `limits.maxTransfers`. */
  readonly transfers: number;
  /** Transfers whose client has not acknowledged any data: `limits.maxHalfOpen`. */
  readonly halfOpen: number;
  /** Sockets that belong to one transfer: `limits.maxSockets`. */
  readonly sockets: number;
  /** Listening sockets, those for broadcasts included. */
  readonly listeners: number;
  /** Sources remembered: `limits.maxSources`. */
  readonly sources: number;
  /** Bytes of files that transfers hold for sending: `limits.maxChunkBytes`. */
  readonly chunkBytes: number;
  /** Sum of the windows of uploads: `limits.maxUploadBytes`. */
  readonly uploadBytes: number;
}
