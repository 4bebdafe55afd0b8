/** Speed of a client, not counting the time when there is nothing to send to it. */
export class ClientPace {
  readonly #now: () => number;
  /** Number of bytes that the connection has accepted. */
  bytes = 0;
  #bytesBefore = 0;
  #offeredAt: number | undefined;
  #waitedMs = 0;

  /** @param now - clock, in milliseconds since any point in time */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Called when a piece is ready for the client. */
  offered(): void {
    this.#offeredAt ??= this.#now();
  }

  /** Called when the connection has accepted bytes. */
  progressed(count: number): void {
    this.bytes += count;
    this.#countWait();
    this.#offeredAt = undefined;
  }

  /**
   * Returns the speed since the last call, in bytes per millisecond.
   *
   * @param minWaitMs - minimum time for which bytes must have waited for the client, in milliseconds;
   *   otherwise, Infinity is returned
   */
  restart(minWaitMs: number): number {
    this.#countWait();
    const bytes = this.bytes - this.#bytesBefore;
    const speed = this.#waitedMs < minWaitMs ? Infinity : bytes / this.#waitedMs;
    this.#bytesBefore = this.bytes;
    this.#waitedMs = 0;
    return speed;
  }

  #countWait(): void {
    if (this.#offeredAt !== undefined) {
      const now = this.#now();
      this.#waitedMs += now - this.#offeredAt;
      this.#offeredAt = now;
    }
  }
}
