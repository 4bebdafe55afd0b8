import { type DatagramToSend } from './datagram-transport.js';

/** Slots of one length; they are used in turn. Not fewer than datagrams in a batch. */
const SLOTS = 64;

/** Lengths that have slots at a time. */
const MAX_LENGTHS = 16;

/**
 * Memory in which datagrams are put together for `node:dgram`. Its own way of joining two pieces
 * makes several objects for each datagram, which costs more than copying a block does; these slots
 * are made once and used again, as long as the kernel takes every datagram at once. Sockets share
 * them, so that they stay in the processor's cache.
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
        // Most lengths are those of files' last blocks, which do not come again; the others do.
        this.#byLength.clear();
      }
      ring = { slots: [], next: 0 };
      this.#byLength.set(length, ring);
    }
    const slot = (ring.slots[ring.next] ??= new Uint8Array(length));
    ring.next = (ring.next + 1) % SLOTS;
    return slot;
  }
}
