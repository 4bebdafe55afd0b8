/** Outcome of a session in the menu. */
export type MenuOutcome =
  /** A command line is booted, by a key or because the timeout expired. */
  | { readonly type: 'boot'; readonly commandLine: string; readonly isTimeout: boolean }
  /** The menu exits to the `boot:` prompt. */
  | { readonly type: 'prompt' };
