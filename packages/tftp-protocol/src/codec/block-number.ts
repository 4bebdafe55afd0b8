/**
 * Absolute block numbers count from 1 without end; the wire has 16 bits. After 65,535 comes 0 with
 * rollover 0, which nearly every client expects, and 1 with rollover 1.
 */
export type Rollover = 0 | 1;

/** Largest window in blocks for which an acknowledgement names one absolute block only. */
export function maxUnambiguousWindow(rollover: Rollover): number {
  return 0xffff - rollover;
}

/** The number that absolute block `block` has on the wire; block 0 is 0 under either rollover. */
export function wireBlock(block: number, rollover: Rollover): number {
  if (rollover === 0) {
    return block % 0x1_0000;
  }
  return block === 0 ? 0 : ((block - 1) % 0xffff) + 1;
}

/**
 * The first absolute block at or after `from` that has the number `wire`.
 *
 * @returns undefined when no block has it: 0 does not come back under rollover 1
 */
export function absoluteBlock(wire: number, from: number, rollover: Rollover): number | undefined {
  if (rollover === 0) {
    return from + ((wire - (from % 0x1_0000) + 0x1_0000) % 0x1_0000);
  }
  if (wire === 0) {
    return from === 0 ? 0 : undefined;
  }
  const first = from === 0 ? 1 : from;
  return first + ((wire - wireBlock(first, 1) + 0xffff) % 0xffff);
}
