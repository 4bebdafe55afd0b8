/** Number of datagrams that a source, or a transfer within it, sends per turn. */
const DATAGRAMS_A_TURN = 8;

/** Transfer in the queue; queued at most once at a time. */
export interface Sender {
  /** Source whose turns it uses. */
  readonly source: string;
}

/**
 * Round-robin scheduling. Sources take turns of {@link DATAGRAMS_A_TURN} datagrams, and so do the
 * transfers of one source: an acknowledgement of a window causes many datagrams, and a source with
 * hundreds of transfers must not keep the others waiting.
 */
export class SendTurns<T extends Sender> {
  /** Waiting senders by source, in the order of their turns. */
  readonly #bySource = new Map<string, T[]>();
  #left = DATAGRAMS_A_TURN;

  /** Sender whose turn it is; undefined if none is waiting. */
  get current(): T | undefined {
    for (const [first] of this.#bySource.values()) {
      return first;
    }
    return undefined;
  }

  /** Adds a sender after the others of its source. */
  add(sender: T): void {
    const others = this.#bySource.get(sender.source);
    if (others === undefined) {
      this.#bySource.set(sender.source, [sender]);
    } else {
      others.push(sender);
    }
  }

  /** Records that the current sender has sent a datagram. */
  sent(): void {
    this.#left -= 1;
    if (this.#left > 0) {
      return;
    }
    this.#left = DATAGRAMS_A_TURN;
    for (const [source, senders] of this.#bySource) {
      senders.push(...senders.splice(0, 1));
      this.#bySource.delete(source);
      this.#bySource.set(source, senders);
      return;
    }
  }

  /** Removes the current sender: it has nothing more to send. */
  done(): void {
    for (const [source, senders] of this.#bySource) {
      senders.shift();
      if (senders.length === 0) {
        this.#bySource.delete(source);
        this.#left = DATAGRAMS_A_TURN;
      }
      return;
    }
  }
}
