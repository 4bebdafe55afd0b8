/** Fault of a mirror in requests for some of its files. */
export type Fault =
  /** Number of body bytes after which the connection ends. */
  | { readonly kind: 'disconnect'; readonly afterBytes: number }
  /** Number of bytes after which nothing more is sent on the open connection. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** Sends a correct but shorter answer: the file is cut off. */
  | { readonly kind: 'truncate'; readonly toBytes: number }
  /** Sends more than the file has. */
  | { readonly kind: 'append'; readonly bytes: number }
  /** Turns over one bit. */
  | { readonly kind: 'flip'; readonly atByte: number }
  /** Sends other content: an older state of the file, for example. */
  | { readonly kind: 'replace'; readonly content: Uint8Array | string }
  /** Sends another of its files: that of the wrong suite, for example. */
  | { readonly kind: 'otherFile'; readonly path: string }
  /** Sends the file with text around it. */
  | { readonly kind: 'surround'; readonly before?: string; readonly after?: string }
  /** Sends the file, and another one behind it, as if they were one. */
  | { readonly kind: 'concatenate'; readonly path: string }
  /** Answers with a status and no content. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** Answers with a status, and content that never ends. */
  | { readonly kind: 'endless'; readonly status: number; readonly location?: string }
  /** Rate of sending, in bytes per second. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** Sends elsewhere; an empty location is the same place again. */
  | { readonly kind: 'redirect'; readonly location: string }
  /** Answers requests for a part with the whole. */
  | { readonly kind: 'ignoreRange' }
  /** Answers a request for a part with another part. */
  | { readonly kind: 'wrongRange' }
  /** Ends the connection without an answer. */
  | { readonly kind: 'reset' };

/** A fault, and which requests have it. */
export interface FaultRule {
  /** Matched against the path, from the mirror's root. */
  readonly path: RegExp;
  readonly fault: Fault;
  /** Number of requests with this fault. @default all */
  readonly times?: number;
}
