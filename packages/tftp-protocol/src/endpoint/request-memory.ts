import { type TftpEndpointAddress } from './address.js';

/** Slots of the table; 4 bytes each. */
const SLOTS = 0x8_0000;

/** A request repeated sooner than this is not one that a client was made to repeat. */
const MIN_AGE_TICKS = 5;

/** A request repeated later than this is a new one. */
const MAX_AGE_TICKS = 320;

/** Resolution of the table's times, in milliseconds. */
const TICK_MS = 100;

/**
 * Requests that were dropped, to tell a client that repeats itself from one that comes once: forged
 * addresses are mostly not used twice. A table of fixed size without an entry to allocate: newer
 * requests overwrite older ones of the same slot. At 20,000 drops a second, 19 of 20 entries are
 * still there after a second, and 7 of 10 after eight.
 */
export class RequestMemory {
  #slots: Uint32Array | undefined;

  /** Whether a request of this path was dropped half a second to 32 seconds ago; notes it if not. */
  isRepeated({ address, port }: TftpEndpointAddress, now: number): boolean {
    this.#slots ??= new Uint32Array(SLOTS);
    const hash = hashOf(address, port);
    const slot = hash % SLOTS;
    // Zero stands for an empty slot.
    const tag = (hash >>> 16) | 1;
    const time = Math.floor(now / TICK_MS) & 0xffff;
    const entry = this.#slots[slot] ?? 0;
    const age = (time - (entry & 0xffff)) & 0xffff;
    const isSame = entry >>> 16 === tag && age <= MAX_AGE_TICKS;
    if (!isSame) {
      this.#slots[slot] = (tag << 16) | time;
    }
    return isSame && age >= MIN_AGE_TICKS;
  }
}

/** FNV-1a. */
function hashOf(address: string, port: number): number {
  let hash = 0x811c_9dc5;
  for (let index = 0; index < address.length; index += 1) {
    hash = Math.imul(hash ^ address.charCodeAt(index), 0x0100_0193);
  }
  hash = Math.imul(hash ^ (port & 0xff), 0x0100_0193);
  hash = Math.imul(hash ^ (port >>> 8), 0x0100_0193);
  // The low bits choose the slot and the high ones tell entries apart.
  return (hash ^ (hash >>> 15)) >>> 0;
}
