/** Message from the decoder thread: a request for input, a decoded chunk, the end, or a failure. */
export type FromThread =
  | { readonly type: 'hungry' }
  | { readonly type: 'chunk'; readonly bytes: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'failed'; readonly message: string };

/**
 * Message to the decoder thread: the next input (`undefined` at its end), or a notice that a chunk was
 * consumed.
 */
export type ToThread = { readonly input: Uint8Array | undefined } | 'taken';
