import { type TftpEndpointAddress } from './peer-table.js';

/** Slots of the table; 4 bytes each. */
const SLOTS = 0x8_0000;

/** A request repeated sooner than this is not one that a client was made to repeat. */
const MIN_AGE_TICKS = 5;

/** A request repeated later than this is a new one. */
const MAX_AGE_TICKS = 320;

/** Resolution of the table's times, in milliseconds. */
const TICK_MS = 100;

/**
 * Recent requests, to tell a client that repeats itself from one that comes once: forged addresses
 * are mostly not used twice. A table of fixed size without an entry to allocate: newer
 * requests overwrite older ones of the same slot. At 20,000 requests a second, 19 of 20 entries are
 * still there after a second, and 7 of 10 after eight.
 */
export class RequestMemory {
  #slots: Uint32Array | undefined;

  /** Whether a request of this path came half a second to 32 seconds ago; notes it if not. */
  isRepeated(remote: TftpEndpointAddress, now: number): boolean {
    const { slot, tag } = placeOf(remote);
    const entry = this.#table[slot] ?? 0;
    const age = (timeOf(now) - (entry & 0xffff)) & 0xffff;
    const isSame = entry >>> 16 === tag && age <= MAX_AGE_TICKS;
    if (!isSame) {
      this.note(remote, now);
    }
    return isSame && age >= MIN_AGE_TICKS;
  }

  /** Notes a request of this path, so that it is not a repetition for the next half second. */
  note(remote: TftpEndpointAddress, now: number): void {
    const { slot, tag } = placeOf(remote);
    this.#table[slot] = (tag << 16) | timeOf(now);
  }

  /** Made when the first request comes: most programs that use this package serve nothing. */
  get #table(): Uint32Array {
    this.#slots ??= new Uint32Array(SLOTS);
    return this.#slots;
  }
}

function timeOf(now: number): number {
  return Math.floor(now / TICK_MS) & 0xffff;
}

/** Slot of a path, and a tag that tells it from others; never 0, which stands for an empty slot. */
function placeOf({ address, port }: TftpEndpointAddress): { slot: number; tag: number } {
  const hash = hashOf(address, port);
  return { slot: hash % SLOTS, tag: (hash >>> 16) | 1 };
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
