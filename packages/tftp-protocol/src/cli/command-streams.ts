/** What a command may use of the process that runs it. */
export interface CommandStreams {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly error: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Ends the command. */
  readonly signal: AbortSignal;
}
