/** Message from the thread. */
export type FromThread =
  | { readonly type: 'hungry' }
  | { readonly type: 'chunk'; readonly bytes: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'failed'; readonly message: string };

/**
 * Message to the thread: the next input (`undefined` at its end), or the notice that a chunk was
 * taken.
 */
export type ToThread = { readonly input: Uint8Array | undefined } | 'taken';
