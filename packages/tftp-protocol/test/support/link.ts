import { type OutgoingDatagram } from '../../src/index.js';
import { type SeededRandom } from './random.js';

/** Effects of a simulated link on datagrams. Rates are from 0 to 1. */
export interface LinkFaults {
  readonly loss: number;
  readonly duplication: number;
  /** Share of datagrams that are held back so that later ones overtake them. */
  readonly reordering: number;
  /** Share of datagrams of which less than a TFTP header is left. */
  readonly truncation: number;
  /** Time that a datagram takes, in milliseconds. */
  readonly delayMs: number;
  /** Maximum random addition to the delay, in milliseconds; it does not reorder datagrams. */
  readonly jitterMs: number;
}

/** Link without faults. */
export const PERFECT_LINK: LinkFaults = {
  loss: 0,
  duplication: 0,
  reordering: 0,
  truncation: 0,
  delayMs: 1,
  jitterMs: 0,
};

interface InFlight {
  readonly arrivesAt: number;
  readonly bytes: Uint8Array;
}

/** One direction of a simulated link: datagrams come out later, never, or twice. */
export abstract class Link {
  readonly #inFlight: InFlight[] = [];
  /** Number of datagrams that were lost, changed, doubled or reordered. */
  disturbances = 0;

  /** Time at which the next datagram comes out; `Infinity` if none is in flight. */
  get nextArrival(): number {
    return this.#inFlight[0]?.arrivesAt ?? Infinity;
  }

  /** Sends a datagram over the link. */
  send({ head, body }: OutgoingDatagram, now: number): void {
    const bytes = new Uint8Array(head.length + (body?.length ?? 0));
    bytes.set(head);
    bytes.set(body ?? [], head.length);
    this.pass(bytes, now);
  }

  /** Removes and returns the first datagram that has arrived by `now`; undefined if there is none. */
  receive(now: number): Uint8Array | undefined {
    return this.nextArrival <= now ? this.#inFlight.shift()?.bytes : undefined;
  }

  /** Decides when a datagram is delivered, if at all. */
  protected abstract pass(bytes: Uint8Array, now: number): void;

  /** Schedules the arrival of a datagram. */
  protected deliver(bytes: Uint8Array, arrivesAt: number): void {
    const behind = this.#inFlight.findLastIndex((other) => other.arrivesAt <= arrivesAt);
    this.#inFlight.splice(behind + 1, 0, { arrivesAt, bytes });
  }
}

/** Link with random faults. */
export class RandomLink extends Link {
  readonly #faults: LinkFaults;
  readonly #random: SeededRandom;
  #lastArrival = 0;

  constructor(faults: LinkFaults, random: SeededRandom) {
    super();
    this.#faults = faults;
    this.#random = random;
  }

  protected override pass(bytes: Uint8Array, now: number): void {
    const { loss, duplication, reordering, truncation, delayMs, jitterMs } = this.#faults;
    const inOrder = Math.max(this.#lastArrival, now + delayMs + this.#random.next() * jitterMs);
    if (this.#random.chance(loss)) {
      this.disturbances += 1;
    } else if (this.#random.chance(truncation)) {
      this.disturbances += 1;
      this.deliver(bytes.subarray(0, this.#random.integer(0, 3)), inOrder);
    } else if (this.#random.chance(reordering)) {
      this.disturbances += 1;
      this.deliver(bytes, inOrder + this.#random.next() * 4 * (delayMs + jitterMs));
    } else {
      this.#lastArrival = inOrder;
      this.deliver(bytes, inOrder);
      if (this.#random.chance(duplication)) {
        this.disturbances += 1;
        this.deliver(bytes, inOrder + this.#random.next() * 2 * delayMs);
      }
    }
  }
}

/** Faults of a single datagram. */
export const SINGLE_FAULTS = ['lost', 'doubled', 'doubledLate', 'held'] as const;

/** Fault of one datagram; `heldForMs` delays it by that time. */
export type SingleFault = (typeof SINGLE_FAULTS)[number] | { readonly heldForMs: number };

/** Link that affects a single datagram. */
export class OneFaultLink extends Link {
  readonly #delayMs: number;
  readonly #fault: SingleFault;
  #left: number;

  /** @param victim - number of datagrams that pass before the affected one */
  constructor(delayMs: number, fault: SingleFault, victim: number) {
    super();
    this.#delayMs = delayMs;
    this.#fault = fault;
    this.#left = victim;
  }

  protected override pass(bytes: Uint8Array, now: number): void {
    const arrivesAt = now + this.#delayMs;
    this.#left -= 1;
    if (this.#left !== -1) {
      this.deliver(bytes, arrivesAt);
      return;
    }
    this.disturbances += 1;
    if (typeof this.#fault === 'object') {
      this.deliver(bytes, arrivesAt + this.#fault.heldForMs);
      return;
    }
    switch (this.#fault) {
      case 'lost':
        break;
      case 'doubled':
        this.deliver(bytes, arrivesAt);
        this.deliver(bytes, arrivesAt);
        break;
      case 'doubledLate':
        this.deliver(bytes, arrivesAt);
        this.deliver(bytes, arrivesAt + 3 * this.#delayMs);
        break;
      case 'held':
        this.deliver(bytes, arrivesAt + 1.5 * this.#delayMs);
        break;
    }
  }
}
