/** Standard streams of a command, and its abort signal. */
export interface CommandStreams {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly error: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Aborts the command. */
  readonly signal: AbortSignal;
}
