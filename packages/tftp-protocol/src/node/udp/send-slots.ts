import { type DatagramToSend } from './datagram-transport.js';

/** Number of slots per length, used in turn; at least the number of datagrams in a batch. */
const SLOTS = 64;

/** Maximum number of lengths with slots. */
const MAX_LENGTHS = 16;

/**
 * Reusable memory in which datagrams are joined for `node:dgram`. Passing two pieces to Node creates several
 * objects per datagram, which costs more than copying a block. Slots can be reused as long as the kernel
 * accepts each datagram immediately. All sockets share them, to keep them in the CPU cache.
 */
export class SendSlots {
  readonly #byLength = new Map<number, { readonly slots: Uint8Array[]; next: number }>();

  /** Joins head and body; the result is valid until {@link SLOTS} more of its length are joined. */
  joined({ head, body }: DatagramToSend): Uint8Array {
    if (body === undefined) {
      return head;
    }
    const slot = this.#slot(head.length + body.length);
    // Copying four bytes one by one is faster than a call.
    for (let index = 0; index < head.length; index += 1) {
      slot[index] = head[index] ?? 0;
    }
    slot.set(body, head.length);
    return slot;
  }

  /** Leaves all slots to a socket that still holds unsent datagrams in them. */
  abandon(): void {
    this.#byLength.clear();
  }

  #slot(length: number): Uint8Array {
    let ring = this.#byLength.get(length);
    if (ring === undefined) {
      if (this.#byLength.size >= MAX_LENGTHS) {
        // Most lengths are those of a file's last block, and will not be needed again.
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
