import { type NativeBinding, Received, RECORD_BYTES, SLOT_BYTES, SLOTS } from './native-binding.js';
import { type PeerAddresses } from './peer-addresses.js';
import { type ReceivedUdpDatagram, type UdpEndpoint } from './udp-socket.js';

/**
 * Payloads up to this length, such as acknowledgements, are copied byte by byte, which is faster than a call.
 */
const FEW_BYTES = 16;

/** Sender of a slot that has not been used yet. */
const NOBODY: UdpEndpoint = { address: '0.0.0.0', port: 0, family: 'IPv4' };

/**
 * Received datagrams, copied out of the native module's memory. Creating the objects of an acknowledgement takes as
 * long as all other work of this package on it, so they can be lent instead: the next batch uses them again.
 *
 * A lent payload has memory of its own. A view of the native module's memory would let a handler detach that.
 */
export class ReceivedBatches {
  readonly #addresses: PeerAddresses;
  readonly #slots: Uint8Array;
  readonly #fields: DataView;
  readonly #bytes: DataView;
  /** Datagrams to lend, by slot. A long payload, of up to 64 KiB, stays in memory until its slot is used again. */
  readonly #lent = Array.from({ length: SLOTS }, () => ({
    remote: NOBODY,
    payload: new Uint8Array(),
  }));
  /** The first of these datagrams as batches, by their number. */
  readonly #batches: (readonly ReceivedUdpDatagram[] | undefined)[] = [];

  constructor(native: NativeBinding, addresses: PeerAddresses) {
    this.#addresses = addresses;
    this.#slots = native.bytes;
    this.#fields = new DataView(native.received.buffer);
    this.#bytes = new DataView(native.bytes.buffer);
  }

  /** Returns the datagrams of a batch. */
  take(count: number): ReceivedUdpDatagram[] {
    const batch: ReceivedUdpDatagram[] = [];
    for (let slot = 0; slot < count; slot += 1) {
      const remote = this.#addresses.sender(slot);
      const payload = this.#payload(slot, this.#length(slot));
      const local = this.#addresses.destination(slot);
      batch.push(local === undefined ? { remote, payload } : { remote, payload, local });
    }
    return batch;
  }

  /** Returns the datagrams of a batch, without their destinations, in objects that the next call uses again. */
  lend(count: number): readonly ReceivedUdpDatagram[] {
    let slot = 0;
    for (const lent of this.#lent) {
      if (slot === count) {
        break;
      }
      const length = this.#length(slot);
      lent.remote = this.#addresses.sender(slot);
      if (length <= FEW_BYTES && length === lent.payload.length) {
        this.#copy(slot, lent.payload);
      } else {
        lent.payload = this.#payload(slot, length);
      }
      slot += 1;
    }
    return (this.#batches[count] ??= this.#lent.slice(0, count));
  }

  #payload(slot: number, length: number): Uint8Array<ArrayBuffer> {
    const payload = new Uint8Array(length);
    if (length <= FEW_BYTES) {
      this.#copy(slot, payload);
    } else {
      const start = slot * SLOT_BYTES;
      payload.set(this.#slots.subarray(start, start + length));
    }
    return payload;
  }

  #copy(slot: number, payload: Uint8Array): void {
    for (let at = 0; at < payload.length; at += 1) {
      payload[at] = this.#bytes.getUint8(slot * SLOT_BYTES + at);
    }
  }

  #length(slot: number): number {
    return this.#fields.getFloat64(slot * RECORD_BYTES + Received.length * 8, true);
  }
}
