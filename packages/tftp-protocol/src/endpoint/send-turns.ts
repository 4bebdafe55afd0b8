/**
 * Number of datagrams that a source, or one of its transfers, sends per turn: a typical window, which a
 * transport with UDP GSO passes to the kernel as one message.
 */
const DATAGRAMS_A_TURN = 16;

/** Number of finished senders at the head of a source's list that triggers their removal. */
const MAX_DONE = 1_024;

/** Transfer in the queue; queued at most once at a time. */
export interface Sender {
  /** Source that the transfer takes turns for. */
  readonly source: string;
}

/**
 * Round-robin scheduling. Sources take turns of {@link DATAGRAMS_A_TURN} datagrams, and so do the
 * transfers of one source: an acknowledgement of a window causes many datagrams, and a source with
 * hundreds of transfers must not keep the others waiting.
 */
export class SendTurns<T extends Sender> {
  /** Sources with waiting senders, in order of their turns. */
  readonly #turns: Turn<T>[] = [];
  readonly #bySource = new Map<string, Turn<T>>();
  /** The waiting sender, as long as no other waits with it. Most never share the wait, so they need no turn. */
  #lone: T | undefined;
  #left = DATAGRAMS_A_TURN;

  /** Sender whose turn it is; undefined if none is waiting. */
  get current(): T | undefined {
    const turn = this.#turns[0];
    return turn === undefined ? this.#lone : turn.senders[turn.next];
  }

  /** Number of datagrams that the current sender may send before another one takes its turn. */
  get left(): number {
    return this.#lone === undefined ? this.#left : Infinity;
  }

  /** Adds a sender after the others of its source. */
  add(sender: T): void {
    if (this.#turns.length > 0) {
      this.#wait(sender);
    } else if (this.#lone === undefined) {
      this.#lone = sender;
    } else {
      this.#wait(this.#lone);
      this.#lone = undefined;
      this.#wait(sender);
    }
  }

  #wait(sender: T): void {
    const { source } = sender;
    const others = this.#bySource.get(source);
    if (others === undefined) {
      const turn = { source, senders: [sender], next: 0 };
      this.#bySource.set(source, turn);
      this.#turns.push(turn);
    } else {
      others.senders.push(sender);
    }
  }

  /**
   * Records that the current sender has sent datagrams.
   *
   * @param count - number of datagrams; at most {@link left}
   */
  sent(count = 1): void {
    if (this.#lone !== undefined) {
      return;
    }
    this.#left -= count;
    if (this.#left <= 0) {
      this.#left = DATAGRAMS_A_TURN;
      const turn = this.#turns.shift();
      if (turn !== undefined) {
        takeTurns(turn);
        this.#turns.push(turn);
      }
    }
  }

  /** Removes the current sender: it has nothing more to send. */
  done(): void {
    const turn = this.#turns[0];
    if (turn === undefined) {
      this.#lone = undefined;
      return;
    }
    turn.next += 1;
    if (turn.next >= turn.senders.length) {
      this.#turns.shift();
      this.#bySource.delete(turn.source);
      this.#left = DATAGRAMS_A_TURN;
    }
  }
}

/** Moves the first waiting sender of a source to the end. */
function takeTurns<T>(turn: Turn<T>): void {
  const { senders } = turn;
  const first = senders[turn.next];
  if (first !== undefined && turn.next + 1 < senders.length) {
    senders.push(first);
    turn.next += 1;
  }
  if (turn.next >= MAX_DONE) {
    senders.splice(0, turn.next);
    turn.next = 0;
  }
}

/** Waiting senders of one source. */
interface Turn<T> {
  readonly source: string;
  /** Senders in order of their turns; those before `next` are done. */
  readonly senders: T[];
  /** Index of the first waiting sender. */
  next: number;
}
