/** Datagrams of one source before the next one has its turn. */
const DATAGRAMS_A_TURN = 8;

/** Something that a source has in the queue, once at a time. */
export interface Sender {
  /** Whose turn it takes. */
  readonly source: string;
}

/**
 * Who sends next. Sources take turns of {@link DATAGRAMS_A_TURN} datagrams, and so do the transfers of
 * one source: one acknowledgement of a window makes many datagrams, and a source with hundreds of
 * transfers is not to keep the others waiting for all of theirs.
 */
export class SendTurns<T extends Sender> {
  /** By source, in the order of their turns. */
  readonly #bySource = new Map<string, T[]>();
  #left = DATAGRAMS_A_TURN;

  /** Whose turn it is; undefined when nobody waits for one. */
  get current(): T | undefined {
    for (const [first] of this.#bySource.values()) {
      return first;
    }
    return undefined;
  }

  /** Adds a sender that is not waiting yet, behind the others of its source. */
  add(sender: T): void {
    const others = this.#bySource.get(sender.source);
    if (others === undefined) {
      this.#bySource.set(sender.source, [sender]);
    } else {
      others.push(sender);
    }
  }

  /** The current one has sent a datagram. */
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

  /** The current one has nothing more to send. */
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
