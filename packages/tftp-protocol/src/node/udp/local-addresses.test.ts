import { describe, expect, it } from 'vitest';

import { LinkMtus, unfragmentedBlockSize } from './local-addresses.js';

describe('unfragmentedBlockSize', () => {
  it.each([
    ["Ethernet's MTU and IPv4", 1_500, 'IPv4', 1_468],
    ["Ethernet's MTU and IPv6", 1_500, 'IPv6', 1_448],
    ['more than a block can have', 65_536, 'IPv4', 65_464],
    ['less than a block must have', 30, 'IPv6', 8],
  ] as const)('fits %s', (_name, mtu, family, blksize) => {
    expect(unfragmentedBlockSize(mtu, family)).toBe(blksize);
  });
});

describe('LinkMtus', () => {
  it("takes Ethernet's for an address that no link has, such as a wildcard", () => {
    const links = new LinkMtus();

    expect([links.of('0.0.0.0'), links.of('0.0.0.0')]).toEqual([1_500, 1_500]);
  });
});
