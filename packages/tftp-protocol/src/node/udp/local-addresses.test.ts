import { describe, expect, it } from 'vitest';

import { LinkMtus, unfragmentedBlockSize } from './local-addresses.js';

describe('unfragmentedBlockSize', () => {
  it.each([
    ["Ethernet's MTU and IPv4", 1_500, 'IPv4', 1_468],
    ["Ethernet's MTU and IPv6", 1_500, 'IPv6', 1_448],
    ['an MTU larger than any block', 65_536, 'IPv4', 65_464],
    ['an MTU smaller than any block', 30, 'IPv6', 8],
  ] as const)('fits %s', (_name, mtu, family, blksize) => {
    expect(unfragmentedBlockSize(mtu, family)).toBe(blksize);
  });
});

describe('LinkMtus', () => {
  it("returns loopback's MTU for clients on this host", () => {
    const links = new LinkMtus();

    expect(links.towards({ address: '127.0.0.9', family: 'IPv4' })).toBeGreaterThan(1_500);
    expect(links.towards({ address: '127.0.0.9', family: 'IPv4' })).toBeGreaterThan(1_500);
  });

  it("returns Ethernet's MTU for a missing link", () => {
    expect(new LinkMtus().towards({ address: 'fe80::1%none', family: 'IPv6' })).toBe(1_500);
  });
});
