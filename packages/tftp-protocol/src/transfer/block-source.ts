/**
 * Where a sending machine takes a file's bytes from. It asks at random, since it goes back after a
 * loss: whatever was not acknowledged may be asked for again and must come out the same.
 */
export interface BlockSource {
  /** Bytes in the file as they travel, if known before the end is reached. */
  readonly size: number | undefined;
  /**
   * The bytes at `offset`: `length` of them, or fewer at the end of the file only.
   *
   * @returns undefined when they are not in memory yet; once they are, `resume` wants to be called
   */
  read(offset: number, length: number): Uint8Array | undefined;
}
