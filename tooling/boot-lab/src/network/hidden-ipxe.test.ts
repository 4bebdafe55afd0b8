import { describe, expect, it } from 'vitest';

import { hideIpxe } from './hidden-ipxe.js';

const USER_CLASS = [77, 4, 0x69, 0x50, 0x58, 0x45];
const IPXE = [175, 3, 1, 2, 3];
const VENDOR_CLASS = [60, 2, 0x50, 0x58];
const END = 255;

/** Returns an Ethernet frame with a DHCP message to a UDP port. */
function frameOf(port: number, options: readonly number[], ipHeaderBytes = 20): Buffer {
  const ethernet = Buffer.alloc(14);
  ethernet.writeUInt16BE(0x0800, 12);
  const ip = Buffer.alloc(ipHeaderBytes);
  ip.writeUInt8(0x40 | (ipHeaderBytes / 4), 0);
  ip.writeUInt8(17, 9);
  const udp = Buffer.alloc(8);
  udp.writeUInt16BE(port, 2);
  udp.writeUInt16BE(0xbeef, 6);
  return Buffer.concat([ethernet, ip, udp, Buffer.alloc(240), Buffer.from([...options, END])]);
}

describe('hideIpxe', () => {
  it.each([
    ['a DHCP server', 67, 20],
    ['a boot server', 4011, 20],
    ['a DHCP server, with IP options', 67, 24],
  ])('removes the options of iPXE from a message to %s', (_to, port, ipHeaderBytes) => {
    const frame = frameOf(port, [...USER_CLASS, 0, ...VENDOR_CLASS, ...IPXE], ipHeaderBytes);
    const expected = frameOf(
      port,
      [0, 0, 0, 0, 0, 0, 0, ...VENDOR_CLASS, 0, 0, 0, 0, 0],
      ipHeaderBytes,
    );
    expected.writeUInt16BE(0, 14 + ipHeaderBytes + 6);
    hideIpxe(frame);
    expect(frame).toEqual(expected);
  });

  it.each([
    ['a message from an installer', frameOf(67, [...USER_CLASS, ...VENDOR_CLASS])],
    ['a message to a client', frameOf(68, [...USER_CLASS, ...IPXE])],
    ['a frame that is too short', frameOf(67, []).subarray(0, 20)],
    ['an empty frame', Buffer.alloc(0)],
  ])('leaves %s as it is', (_what, frame) => {
    const before = Buffer.from(frame);
    hideIpxe(frame);
    expect(frame).toEqual(before);
  });

  it('removes an option whose end is cut off', () => {
    const frame = frameOf(67, [...VENDOR_CLASS, 175, 200, 1]);
    hideIpxe(frame);
    expect([...frame.subarray(-4)]).toEqual([0, 0, 0, 0]);
  });
});
