/**
 * Block number that follows 65,535 on the wire: 0, as nearly all clients expect, or 1. Absolute block numbers
 * start at 1 and never wrap.
 */
export type Rollover = 0 | 1;

/**
 * Returns the largest window, in blocks, for which every ACK is unambiguous: its blocks and the one before it
 * all have different wire numbers.
 */
export function maxUnambiguousWindow(rollover: Rollover): number {
  return 0xffff - rollover;
}

/** Returns the wire number of an absolute block; 0 for block 0 under either rollover. */
export function wireBlock(block: number, rollover: Rollover): number {
  if (rollover === 0) {
    return block % 0x1_0000;
  }
  return block === 0 ? 0 : ((block - 1) % 0xffff) + 1;
}

/**
 * Returns the first absolute block at or after `from` with the wire number `wire`.
 *
 * @returns undefined if there is none: 0 is not used again under rollover 1
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
