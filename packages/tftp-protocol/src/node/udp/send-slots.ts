import { type DatagramToSend } from './datagram-transport.js';

/** Slots of one length; they are used in turn. Not fewer than datagrams in a batch. */
const SLOTS = 64;

/** Lengths that have slots; a server sees few, since `blksize` is mostly the same. */
const MAX_LENGTHS = 16;

/**
 * Memory in which datagrams are put together for `node:dgram`. Its own way of joining two pieces
 * makes several objects for each datagram, which costs more than copying a block does; these slots
 * are made once and used again, as long as the kernel takes every datagram at once.
 */
export class SendSlots {
  readonly #byLength = new Map<number, { readonly slots: Uint8Array[]; next: number }>();

  /** Head and body in one piece; good until {@link SLOTS} more of its length were asked for. */
  joined({ head, body }: DatagramToSend): Uint8Array {
    if (body === undefined) {
      return head;
    }
    const slot = this.#slot(head.length + body.length);
    // Four bytes are copied faster one by one than by a call.
    for (let index = 0; index < head.length; index += 1) {
      slot[index] = head[index] ?? 0;
    }
    slot.set(body, head.length);
    return slot;
  }

  /** The socket still holds datagrams that it could not send: their slots are left to it. */
  abandon(): void {
    this.#byLength.clear();
  }

  #slot(length: number): Uint8Array {
    let ring = this.#byLength.get(length);
    if (ring === undefined) {
      if (this.#byLength.size >= MAX_LENGTHS) {
        return new Uint8Array(length);
      }
      ring = { slots: Array.from({ length: SLOTS }, () => new Uint8Array(length)), next: 0 };
      this.#byLength.set(length, ring);
    }
    const slot = ring.slots[ring.next] ?? new Uint8Array(length);
    ring.next = (ring.next + 1) % SLOTS;
    return slot;
  }
}
