/** What a server holds for an accepted transfer besides its machine. */
export interface Answer {
  /** Size of the file in bytes, if it is known. */
  readonly size: number | undefined;
  /** What the source or the sink threw, if it did. */
  readonly error: unknown;
  /** The transfer is over: releases what was opened for it. */
  end(): Promise<void>;
}
