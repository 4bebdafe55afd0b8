/** Way in which a mirror misbehaves for some requests. */
export type Fault =
  /** Ends the connection after a number of body bytes. */
  | { readonly kind: 'disconnect'; readonly afterBytes: number }
  /** Sends nothing more after a number of body bytes, while the connection stays open. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** Sends a valid but shorter response: the file is truncated. */
  | { readonly kind: 'truncate'; readonly toBytes: number }
  /** Sends more bytes than the file has. */
  | { readonly kind: 'append'; readonly bytes: number }
  /** Flips one bit. */
  | { readonly kind: 'flip'; readonly atByte: number }
  /** Sends other content, such as an older version of the file. */
  | { readonly kind: 'replace'; readonly content: Uint8Array | string }
  /** Sends another file of the mirror, such as that of the wrong suite. */
  | { readonly kind: 'otherFile'; readonly path: string }
  /** Sends the file with text around it. */
  | { readonly kind: 'surround'; readonly before?: string; readonly after?: string }
  /** Sends the file followed by another one, as if the two were one file. */
  | { readonly kind: 'concatenate'; readonly path: string }
  /** Answers with a status and no body. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** Answers with a status and a body that never ends. */
  | { readonly kind: 'endless'; readonly status: number; readonly location?: string }
  /** Limits the rate of sending. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** Redirects; an empty location is the same URL again. */
  | { readonly kind: 'redirect'; readonly location: string }
  /** Answers range requests with the whole file. */
  | { readonly kind: 'ignoreRange' }
  /** Answers a range request with a different range. */
  | { readonly kind: 'wrongRange' }
  /** Closes the connection without a response. */
  | { readonly kind: 'reset' };

/** A fault, and the requests that it affects. */
export interface FaultRule {
  /** Path from the mirror's root to match. */
  readonly path: RegExp;
  readonly fault: Fault;
  /** Number of requests with this fault. @default all */
  readonly times?: number;
}
