import { type TftpEndpointAddress } from './peer-table.js';

/** Number of slots of the table; 4 bytes each. */
const SLOTS = 0x8_0000;

/** Minimum time between a request and its repetition, in ticks: real clients wait before they repeat. */
const MIN_AGE_TICKS = 5;

/** Maximum time between a request and its repetition, in ticks. */
const MAX_AGE_TICKS = 320;

/** Length of a tick, the resolution of the table's times, in milliseconds. */
const TICK_MS = 100;

/**
 * Recent requests, to recognise clients that repeat theirs; forged addresses are rarely used twice. The table
 * has a fixed size, and newer requests overwrite older ones in the same slot. At 20,000 requests per second,
 * 19 of 20 entries survive one second, and 7 of 10 survive eight.
 */
export class RequestMemory {
  #slots: Uint32Array | undefined;

  /**
   * Returns true if the same path sent a request 0.5 to 32 seconds ago; records the current request if there
   * was none within 32 seconds.
   */
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

  /** Records a request on a path; another request within half a second does not count as its repetition. */
  note(remote: TftpEndpointAddress, now: number): void {
    const { slot, tag } = placeOf(remote);
    this.#table[slot] = (tag << 16) | timeOf(now);
  }

  /** Table, allocated on the first request: most programs that use this package are not servers. */
  get #table(): Uint32Array {
    this.#slots ??= new Uint32Array(SLOTS);
    return this.#slots;
  }
}

function timeOf(now: number): number {
  return Math.floor(now / TICK_MS) & 0xffff;
}

/**
 * Returns the slot of a path, and a tag that distinguishes the paths of a slot; 0 marks an empty slot and is
 * never a tag.
 */
function placeOf({ address, port }: TftpEndpointAddress): { slot: number; tag: number } {
  const hash = hashOf(address, port);
  return { slot: hash % SLOTS, tag: (hash >>> 16) | 1 };
}

/** Returns the FNV-1a hash of an address and port. */
function hashOf(address: string, port: number): number {
  let hash = 0x811c_9dc5;
  for (let index = 0; index < address.length; index += 1) {
    hash = Math.imul(hash ^ address.charCodeAt(index), 0x0100_0193);
  }
  hash = Math.imul(hash ^ (port & 0xff), 0x0100_0193);
  hash = Math.imul(hash ^ (port >>> 8), 0x0100_0193);
  // The low bits select the slot, the high ones distinguish entries.
  return (hash ^ (hash >>> 15)) >>> 0;
}
