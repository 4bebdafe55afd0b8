/** Outcome of a walk through the menu. */
export type MenuOutcome =
  /** A command line is booted; without a person's choice when the time was over. */
  | { readonly type: 'boot'; readonly commandLine: string; readonly isTimeout: boolean }
  /** The menu is left for the `boot:` prompt. */
  | { readonly type: 'prompt' };
